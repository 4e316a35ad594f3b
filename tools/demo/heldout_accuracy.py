"""Watches the training by held-out renderings that went through the real processor."""

import random

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from transformers import CLIPImageProcessor, CLIPModel

from emoji_clip import image_embeds, text_embeds
from emoji_heldout import render_heldout
from emoji_set import list_emoji
from emoji_tokenizer import END_ID, encode

PROCESSOR = {"size": {"shortest_edge": 64}, "crop_size": {"height": 64, "width": 64}}
PER_EMOJI, SEED = 2, 7


class HeldoutAccuracy:
    """Zero-shot accuracy among all names on PER_EMOJI renderings of each emoji; nothing is chosen by it."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        emoji, rng = list_emoji(), random.Random(SEED)
        shots = [render_heldout(item.char, rng) for item in emoji for _ in range(PER_EMOJI)]
        self.pixels = CLIPImageProcessor(**PROCESSOR)(shots, return_tensors="pt")["pixel_values"]
        self.truth = torch.arange(len(emoji)).repeat_interleave(PER_EMOJI)
        rows = encode(tokenizer, [item.name for item in emoji])
        longest = max(map(len, rows))
        self.ids = torch.tensor([row + [END_ID] * (longest - len(row)) for row in rows])

    @torch.no_grad()
    def measure(self, model: CLIPModel) -> str:
        """Share of pictures whose name comes first, and among the first five."""
        images = torch.cat([image_embeds(model, part) for part in self.pixels.split(500)])
        names = F.normalize(text_embeds(model, self.ids), dim=1)
        hits = (F.normalize(images, dim=1) @ names.T).topk(5).indices == self.truth[:, None]
        return f"top-1 {hits[:, 0].float().mean():.4f} top-5 {hits.any(1).float().mean():.4f}"
