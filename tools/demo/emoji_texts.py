"""The texts that name an emoji in training: the bare name, the usual prompts, and telling single words."""

from collections import Counter

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


def telling_words(names: list[str]) -> dict[int, list[str]]:
    """For a name's index, its words of three letters or more that no other name has ("pizza")."""
    counts = Counter(word for name in names for word in set(_words(name)))
    unique = {index: [w for w in _words(name) if counts[w] == 1 and len(w) > 2] for index, name in enumerate(names)}
    return {index: words for index, words in unique.items() if words}


def _words(name: str) -> list[str]:
    return [word for word in name.replace("-", " ").split() if word.isalpha()]
