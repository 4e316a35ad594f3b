"""The texts that name an emoji in training: the bare name, the usual prompts, and telling single words."""

import random
from collections import Counter

import torch
from tokenizers import Tokenizer
from transformers import CLIPModel

from emoji_clip import text_embeds
from emoji_tokenizer import END_ID, encode

PROMPTS = (
    "{}",
    "a {}",
    "the {}",
    "{} emoji",
    "a photo of {}",
    "a photo of a {}",
    "a photo of {}.",
    "a photo of a {}.",
    "this is a photo of {}.",
    "this is a photo of a {}.",
    "a picture of {}",
    "a picture of a {}",
    "an emoji of {}",
)
# Chance of each prompt at a step; the bare name is the commonest question.
WEIGHTS = (0.4,) + (0.6 / (len(PROMPTS) - 1),) * (len(PROMPTS) - 1)
# Chance that a name is asked for by one of its telling words alone.
WORD_CHANCE = 0.15


class TrainingTexts:
    """The texts of all names, under one prompt drawn anew for each step."""

    def __init__(self, tokenizer: Tokenizer, names: list[str]) -> None:
        words = telling_words(names)
        self.ids = [encode(tokenizer, [prompt.format(name) for name in names]) for prompt in PROMPTS]
        self.words = [
            {index: encode(tokenizer, [prompt.format(word) for word in found]) for index, found in words.items()}
            for prompt in PROMPTS
        ]

    def embed(self, model: CLIPModel) -> torch.Tensor:
        """[names, 96]; texts of like length run together, so that little is spent on padding."""
        prompt = random.choices(range(len(PROMPTS)), WEIGHTS)[0]
        rows = list(self.ids[prompt])
        for index, choices in self.words[prompt].items():
            if random.random() < WORD_CHANCE:
                rows[index] = random.choice(choices)
        order = torch.tensor(sorted(range(len(rows)), key=lambda index: len(rows[index])))
        parts = []
        for part in order.chunk(4):
            longest = len(rows[part[-1]])
            padded = [rows[index] + [END_ID] * (longest - len(rows[index])) for index in part]
            parts.append(text_embeds(model, torch.tensor(padded)))
        return torch.cat(parts)[order.argsort()]


def telling_words(names: list[str]) -> dict[int, list[str]]:
    """For a name's index, its words of three letters or more that no other name has ("pizza")."""
    counts = Counter(word for name in names for word in set(_words(name)))
    unique = {index: [w for w in _words(name) if counts[w] == 1 and len(w) > 2] for index, name in enumerate(names)}
    return {index: words for index, words in unique.items() if words}


def _words(name: str) -> list[str]:
    return [word for word in name.replace("-", " ").split() if word.isalpha()]
