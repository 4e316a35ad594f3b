"""Trains the demonstration CLIP on emoji renderings.

The loss is zero-shot classification itself: each picture against the text of every name, and, with a smaller weight,
each text against the pictures of the batch. The learning rate follows one cycle over the training time, not over steps,
so that the script ends when told on any machine. Started again with the same folder it goes on from its checkpoint.
"""

import argparse
import math
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from tokenizers import Tokenizer
from transformers import CLIPImageProcessor, CLIPModel

from emoji_augment import TrainingPictures
from emoji_clip import build_clip, image_embeds, text_embeds
from emoji_heldout import render_heldout
from emoji_set import list_emoji
from emoji_texts import PROMPTS, WEIGHTS, telling_words
from emoji_tokenizer import END_ID, encode, train_tokenizer

BATCHES_PER_EPOCH = 4
PEAK_RATE, WARM_UP, WEIGHT_DECAY = 2e-3, 0.03, 0.1
AVERAGING = 0.998
BATCH_LOSS_WEIGHT = 0.25
# Chance that a name is asked for by one of its telling words alone.
WORD_CHANCE = 0.15
MAX_LOGIT_SCALE = math.log(100)
CHECKPOINT_SECONDS, REPORT_SECONDS = 60, 300
PROCESSOR = {"size": {"shortest_edge": 64}, "crop_size": {"height": 64, "width": 64}}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--minutes", type=float, default=75)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--folder", type=Path, required=True, help="for the checkpoint and the tokenizer")
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    options.folder.mkdir(parents=True, exist_ok=True)
    train(options.folder, options.minutes * 60)


def train(folder: Path, budget: float) -> None:
    """Runs until `budget` seconds of training are spent; checkpoint.pt and tokenizer.json are in `folder`."""
    names = [item.name for item in list_emoji()]
    tokenizer = train_tokenizer([prompt.format(name) for name in names for prompt in PROMPTS[:6]])
    tokenizer.save(str(folder / "tokenizer.json"))
    model, averaged = build_clip(), build_clip()
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}],
        lr=PEAK_RATE,
        betas=(0.9, 0.98),
        fused=True,
    )
    state = _resume(folder, model, averaged, optimizer)
    pictures, texts, heldout = TrainingPictures(list_emoji()), TrainingTexts(tokenizer, names), Heldout(tokenizer)
    vision = torch.compile(lambda pixels: image_embeds(model, pixels))
    order, reported = [], time.monotonic()
    while state["seconds"] < budget:
        started = time.monotonic()
        rate = _one_cycle(state["seconds"] / budget)
        for group in optimizer.param_groups:
            group["lr"] = rate
        order = order or list(torch.randperm(len(names))[: len(names) // 4 * 4].chunk(BATCHES_PER_EPOCH))
        loss, hits = step(model, vision, pictures, texts, order.pop())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            model.logit_scale.clamp_(max=MAX_LOGIT_SCALE)
            keep = min(AVERAGING, (1 + state["steps"]) / (10 + state["steps"]))
            torch._foreach_lerp_(list(averaged.parameters()), list(model.parameters()), 1 - keep)
        # A machine that paused must not eat the cycle, so no step counts for more than five seconds.
        before = state["seconds"]
        state["seconds"] += min(time.monotonic() - started, 5)
        state["steps"] += 1
        if state["steps"] % 50 == 0:
            print(f"{state['steps']} {state['seconds']:.0f}s loss {loss.item():.3f} hits {hits:.3f} rate {rate:.1e}", flush=True)
        if int(before // CHECKPOINT_SECONDS) != int(state["seconds"] // CHECKPOINT_SECONDS):
            _save(folder, model, averaged, optimizer, state)
        if time.monotonic() - reported > REPORT_SECONDS:
            print("held out: top-1 {:.4f} top-5 {:.4f}".format(*heldout.accuracy(averaged)), flush=True)
            reported = time.monotonic()
    _save(folder, model, averaged, optimizer, state)
    print("held out: top-1 {:.4f} top-5 {:.4f}".format(*heldout.accuracy(averaged)), flush=True)


def step(model: CLIPModel, vision, pictures: TrainingPictures, texts: "TrainingTexts", classes: torch.Tensor):
    """The loss of one batch of distinct classes, and the share of pictures whose own name came first."""
    pixels = pictures.draw(classes)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        images = vision(pixels)
        names = texts.embed(model)
    scale = model.logit_scale.exp()
    logits = scale * F.normalize(images.float(), dim=1) @ F.normalize(names.float(), dim=1).T
    by_picture = F.cross_entropy(logits, classes)
    by_text = F.cross_entropy(logits[:, classes].T, torch.arange(len(classes)))
    return by_picture + BATCH_LOSS_WEIGHT * by_text, (logits.argmax(1) == classes).float().mean().item()


class TrainingTexts:
    """The texts of all names, under one prompt drawn anew for each step."""

    def __init__(self, tokenizer: Tokenizer, names: list[str]) -> None:
        self.ids = [encode(tokenizer, [prompt.format(name) for name in names]) for prompt in PROMPTS]
        words = telling_words(names)
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
        order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
        parts = []
        for part in torch.tensor(order).chunk(4):
            longest = len(rows[part[-1]])
            padded = [rows[index] + [END_ID] * (longest - len(rows[index])) for index in part]
            parts.append(text_embeds(model, torch.tensor(padded)))
        return torch.cat(parts)[torch.tensor(order).argsort()]


class Heldout:
    """Two held-out renderings of every emoji, through the real processor, to watch the training by."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        emoji, rng = list_emoji(), random.Random(7)
        shots: list[Image.Image] = [render_heldout(item.char, rng) for item in emoji for _ in range(2)]
        processor = CLIPImageProcessor(**PROCESSOR)
        self.pixels = processor(shots, return_tensors="pt")["pixel_values"]
        self.truth = torch.arange(len(emoji)).repeat_interleave(2)
        rows = encode(tokenizer, [item.name for item in emoji])
        longest = max(map(len, rows))
        self.ids = torch.tensor([row + [END_ID] * (longest - len(row)) for row in rows])

    @torch.no_grad()
    def accuracy(self, model: CLIPModel) -> tuple[float, float]:
        """Share of pictures whose name comes first, and among the first five, of all names."""
        images = torch.cat([image_embeds(model, part) for part in self.pixels.split(500)])
        names = F.normalize(text_embeds(model, self.ids), dim=1)
        hits = (F.normalize(images, dim=1) @ names.T).topk(5).indices == self.truth[:, None]
        return hits[:, 0].float().mean().item(), hits.any(1).float().mean().item()


def _one_cycle(progress: float) -> float:
    if progress < WARM_UP:
        return PEAK_RATE * (0.02 + 0.98 * progress / WARM_UP)
    return PEAK_RATE * 0.5 * (1 + math.cos(math.pi * min(1, (progress - WARM_UP) / (1 - WARM_UP))))


def _save(folder: Path, model: CLIPModel, averaged: CLIPModel, optimizer: torch.optim.Optimizer, state: dict) -> None:
    everything = {
        "model": model.state_dict(),
        "averaged": averaged.state_dict(),
        "optimizer": optimizer.state_dict(),
        "state": state,
    }
    torch.save(everything, folder / "checkpoint.new")
    (folder / "checkpoint.new").replace(folder / "checkpoint.pt")


def _resume(folder: Path, model: CLIPModel, averaged: CLIPModel, optimizer: torch.optim.Optimizer) -> dict:
    path = folder / "checkpoint.pt"
    if not path.exists():
        averaged.load_state_dict(model.state_dict())
        return {"steps": 0, "seconds": 0.0}
    saved = torch.load(path)
    model.load_state_dict(saved["model"])
    averaged.load_state_dict(saved["averaged"])
    optimizer.load_state_dict(saved["optimizer"])
    torch.manual_seed(saved["state"]["steps"])
    return saved["state"]


if __name__ == "__main__":
    main()
