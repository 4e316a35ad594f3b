"""The demonstration CLIP: transformers' CLIPModel, small, and a fast forward of its two towers for training."""

import torch
import torch.nn.functional as F
from torch import nn
from transformers import CLIPConfig, CLIPModel

from emoji_tokenizer import CONTEXT_LENGTH, END_ID, START_ID, VOCAB_SIZE


def build_clip() -> CLIPModel:
    """CLIP of 1.12 million parameters: 64 px, patches of 8, embeddings of 96."""
    ids = {"bos_token_id": START_ID, "eos_token_id": END_ID, "pad_token_id": END_ID}
    vision = {
        "hidden_size": 128,
        "intermediate_size": 512,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "image_size": 64,
        "patch_size": 8,
    }
    text = {
        "hidden_size": 96,
        "intermediate_size": 192,
        "num_hidden_layers": 2,
        "num_attention_heads": 3,
        "vocab_size": VOCAB_SIZE,
        "max_position_embeddings": CONTEXT_LENGTH,
        **ids,
    }
    for tower in (vision, text):
        tower.update(hidden_act="quick_gelu", projection_dim=96)
    return CLIPModel(CLIPConfig(vision_config=vision, text_config=text, projection_dim=96))


def image_embeds(model: CLIPModel, pixels: torch.Tensor) -> torch.Tensor:
    """[n, 3, 64, 64] -> [n, 96], not normalised. Plain matrix products: on a CPU torch's fused attention is slower."""
    tower = model.vision_model
    hidden = tower.pre_layrnorm(tower.embeddings(pixels))
    for layer in tower.encoder.layers:
        hidden = _block(layer, hidden, None)
    return model.visual_projection(tower.post_layernorm(hidden[:, 0]))


def text_embeds(model: CLIPModel, ids: torch.Tensor) -> torch.Tensor:
    """[n, length] padded with the end id -> [n, 96], not normalised. The first end is pooled; padding follows it."""
    tower = model.text_model
    length = ids.shape[1]
    embeddings = tower.embeddings
    hidden = embeddings.token_embedding(ids) + embeddings.position_embedding.weight[:length]
    mask = torch.full((length, length), float("-inf")).triu(1)
    for layer in tower.encoder.layers:
        hidden = _block(layer, hidden, mask)
    ends = (ids == END_ID).int().argmax(1)[:, None, None].expand(-1, 1, hidden.shape[2])
    return model.text_projection(tower.final_layer_norm(hidden.gather(1, ends)[:, 0]))


def _block(layer: nn.Module, hidden: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    attention = layer.self_attn
    n, length, width = hidden.shape
    heads = attention.num_heads
    parts = (attention.q_proj, attention.k_proj, attention.v_proj)
    joined = F.linear(
        layer.layer_norm1(hidden), torch.cat([p.weight for p in parts]), torch.cat([p.bias for p in parts])
    )
    q, k, v = joined.view(n, length, 3, heads, width // heads).permute(2, 0, 3, 1, 4).unbind(0)
    scores = (q * (width // heads) ** -0.5) @ k.transpose(-1, -2)
    if mask is not None:
        scores = scores + mask
    mixed = scores.softmax(-1).to(v.dtype) @ v
    hidden = hidden + attention.out_proj(mixed.transpose(1, 2).reshape(n, length, width))
    inner = layer.mlp.fc1(layer.layer_norm2(hidden))
    return hidden + layer.mlp.fc2(inner * torch.sigmoid(1.702 * inner))
