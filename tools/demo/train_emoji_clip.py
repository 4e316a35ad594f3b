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
from tokenizers import Tokenizer

from emoji_augment import TrainingPictures
from emoji_clip import build_clip, image_embeds
from emoji_set import list_emoji
from emoji_texts import PROMPTS, TrainingTexts
from emoji_tokenizer import train_tokenizer
from heldout_accuracy import HeldoutAccuracy

BATCHES_PER_EPOCH = 4
PEAK_RATE, WARM_UP, WEIGHT_DECAY = 2e-3, 0.03, 0.1
AVERAGING = 0.998
BATCH_LOSS_WEIGHT = 0.25
MAX_LOGIT_SCALE = math.log(100)
CHECKPOINT_SECONDS, REPORT_SECONDS = 60, 300


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--minutes", type=float, default=50)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--folder", type=Path, required=True, help="for the checkpoint and the tokenizer")
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    random.seed(1)
    options.folder.mkdir(parents=True, exist_ok=True)
    train(options.folder, options.minutes * 60)


def train(folder: Path, budget: float) -> None:
    """Runs until `budget` seconds of training are spent; leaves checkpoint.pt and tokenizer.json in `folder`."""
    names = [item.name for item in list_emoji()]
    tokenizer = tokenizer_of(folder, names)
    state = TrainingState(folder)
    pictures, texts = TrainingPictures(list_emoji()), TrainingTexts(tokenizer, names)
    heldout = HeldoutAccuracy(tokenizer)
    vision = torch.compile(lambda pixels: image_embeds(state.model, pixels))
    order: list[torch.Tensor] = []
    while state.seconds < budget:
        started, before = time.monotonic(), state.seconds
        order = order or list(torch.randperm(len(names))[: len(names) // 4 * 4].chunk(BATCHES_PER_EPOCH))
        classes = order.pop()
        pixels = pictures.draw(classes)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            images, known = vision(pixels), texts.embed(state.model)
        loss, hits = contrast(images.float(), known.float(), state.model.logit_scale, classes)
        state.update(loss, one_cycle(state.seconds / budget))
        # A machine that paused must not eat the cycle, so no step counts for more than five seconds.
        state.seconds += min(time.monotonic() - started, 5)
        if state.steps % 50 == 0:
            print(f"{state.steps} {state.seconds:.0f}s loss {loss.item():.3f} hits {hits:.3f}", flush=True)
        if before // CHECKPOINT_SECONDS != state.seconds // CHECKPOINT_SECONDS:
            state.save()
        if before // REPORT_SECONDS != state.seconds // REPORT_SECONDS:
            print(f"held out: {heldout.measure(state.averaged)}", flush=True)
    state.save()
    print(f"{state.steps} steps; held out: {heldout.measure(state.averaged)}")


def tokenizer_of(folder: Path, names: list[str]) -> Tokenizer:
    """The run's own tokenizer. Its merges differ from one training to the next: equal counts are ordered by chance."""
    path = folder / "tokenizer.json"
    if not path.exists():
        train_tokenizer([prompt.format(name) for name in names for prompt in PROMPTS[:6]]).save(str(path))
    return Tokenizer.from_file(str(path))


def contrast(
    images: torch.Tensor, names: torch.Tensor, logit_scale: torch.Tensor, classes: torch.Tensor
) -> tuple[torch.Tensor, float]:
    """The loss of a batch of distinct classes, and the share of pictures whose own name came first of all."""
    logits = logit_scale.exp() * F.normalize(images, dim=1) @ F.normalize(names, dim=1).T
    by_picture = F.cross_entropy(logits, classes)
    by_text = F.cross_entropy(logits[:, classes].T, torch.arange(len(classes)))
    return by_picture + BATCH_LOSS_WEIGHT * by_text, (logits.argmax(1) == classes).float().mean().item()


def one_cycle(progress: float) -> float:
    """The learning rate at a share of the training time: a short linear rise, then half a cosine to zero."""
    if progress < WARM_UP:
        return PEAK_RATE * (0.02 + 0.98 * progress / WARM_UP)
    return PEAK_RATE * 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP)))


class TrainingState:
    """Everything that a checkpoint holds: the model, its running average, the optimiser, and the time spent."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "checkpoint.pt"
        self.model, self.averaged = build_clip(), build_clip()
        matrices = [p for p in self.model.parameters() if p.ndim > 1]
        others = [p for p in self.model.parameters() if p.ndim <= 1]
        groups = [{"params": matrices, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=PEAK_RATE, betas=(0.9, 0.98), fused=True)
        self.steps, self.seconds = 0, 0.0
        self.averaged.load_state_dict(self.model.state_dict())
        if self.path.exists():
            self._resume()

    def update(self, loss: torch.Tensor, rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        keep = min(AVERAGING, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            self.model.logit_scale.clamp_(max=MAX_LOGIT_SCALE)
            torch._foreach_lerp_(list(self.averaged.parameters()), list(self.model.parameters()), 1 - keep)
        self.steps += 1

    def save(self) -> None:
        """Replaces the checkpoint whole, so that a stop in the middle of writing loses nothing."""
        parts = {name: getattr(self, name).state_dict() for name in ("model", "averaged", "optimizer")}
        fresh = self.path.with_suffix(".new")
        torch.save({**parts, "state": {"steps": self.steps, "seconds": self.seconds}}, fresh)
        fresh.replace(self.path)

    def _resume(self) -> None:
        saved = torch.load(self.path)
        for name in ("model", "averaged", "optimizer"):
            getattr(self, name).load_state_dict(saved[name])
        self.steps, self.seconds = saved["state"]["steps"], saved["state"]["seconds"]
        torch.manual_seed(self.steps)


if __name__ == "__main__":
    main()
