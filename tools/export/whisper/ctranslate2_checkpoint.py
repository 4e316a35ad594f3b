"""Whisper in CTranslate2's form (faster-whisper's) as a transformers checkpoint.

    python ctranslate2_checkpoint.py CTRANSLATE2 CHECKPOINT

`model.bin`, little-endian: u32 version, string name, u32 revision, u32 count of variables; each of them string name, u8
rank, rank u32 dimensions, u8 type, u32 bytes, data; then u32 count of aliases, each two strings. A string is its u16 length,
a final NUL included. Matrices of int8 have a scale for each row beside them.
"""

import json
import shutil
import struct
import sys
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

TYPES = {0: "<f4", 1: "i1", 2: "<i2", 3: "<i4", 4: "<f2"}
# Vocabularies of this size and more are those of multilingual models, as faster-whisper tells them apart.
MULTILINGUAL = 51865


def read_variables(path: Path) -> dict[str, np.ndarray]:
    data = path.read_bytes()
    at = 0

    def take(layout: str):
        nonlocal at
        values = struct.unpack_from("<" + layout, data, at)
        at += struct.calcsize("<" + layout)
        return values if len(values) != 1 else values[0]

    def text() -> str:
        nonlocal at
        length = take("H")
        at += length
        return data[at - length : at - 1].decode()

    version, name = take("I"), text()
    if version != 6 or name != "WhisperSpec":
        raise SystemExit(f"{path} is {name} in version {version} of CTranslate2's format; WhisperSpec in version 6 is read")
    take("I")
    variables = {}
    for _ in range(take("I")):
        name, rank = text(), take("B")
        shape = [take("I") for _ in range(rank)]
        kind, size = take("B"), take("I")
        variables[name] = np.frombuffer(data, TYPES[kind], offset=at, count=size // np.dtype(TYPES[kind]).itemsize).reshape(shape)
        at += size
    return variables


def weights(variables: dict[str, np.ndarray], name: str) -> torch.Tensor:
    values = variables[name].astype("float32")
    if variables[name].dtype == np.int8:
        values = values / variables[f"{name}_scale"].astype("float32").reshape(-1, *[1] * (values.ndim - 1))
    return torch.from_numpy(values)


def state_of(variables: dict[str, np.ndarray], layers: dict[str, int]) -> dict[str, torch.Tensor]:
    state = {}

    def put(target: str, source: str, parts: tuple[str, ...] = ("",)) -> None:
        """A linear layer or a convolution; several that are stacked along the first axis become one each."""
        for kind in ("weight", "bias"):
            for part, values in zip(parts, weights(variables, f"{source}/{kind}").chunk(len(parts)), strict=True):
                if kind == "bias" and part == "k_proj":
                    continue  # zeros: transformers has none
                state[f"{target}{'.' if part else ''}{part}.{kind}"] = values

    def norm(target: str, source: str) -> None:
        state[f"{target}.weight"] = weights(variables, f"{source}/gamma")
        state[f"{target}.bias"] = weights(variables, f"{source}/beta")

    for side, count in layers.items():
        state[f"model.{side}.embed_positions.weight"] = weights(variables, f"{side}/position_encodings/encodings")
        norm(f"model.{side}.layer_norm", f"{side}/layer_norm")
        for i in range(count):
            target, source = f"model.{side}.layers.{i}", f"{side}/layer_{i}"
            put(f"{target}.self_attn", f"{source}/self_attention/linear_0", ("q_proj", "k_proj", "v_proj"))
            put(f"{target}.self_attn.out_proj", f"{source}/self_attention/linear_1")
            norm(f"{target}.self_attn_layer_norm", f"{source}/self_attention/layer_norm")
            if side == "decoder":
                put(f"{target}.encoder_attn.q_proj", f"{source}/attention/linear_0")
                put(f"{target}.encoder_attn", f"{source}/attention/linear_1", ("k_proj", "v_proj"))
                put(f"{target}.encoder_attn.out_proj", f"{source}/attention/linear_2")
                norm(f"{target}.encoder_attn_layer_norm", f"{source}/attention/layer_norm")
            put(f"{target}.fc1", f"{source}/ffn/linear_0")
            put(f"{target}.fc2", f"{source}/ffn/linear_1")
            norm(f"{target}.final_layer_norm", f"{source}/ffn/layer_norm")
    for i in (1, 2):
        put(f"model.encoder.conv{i}", f"encoder/conv{i}")
    state["model.decoder.embed_tokens.weight"] = weights(variables, "decoder/embeddings/weight")
    state["proj_out.weight"] = state["model.decoder.embed_tokens.weight"]
    return state


def generation_config(tokenizer: Tokenizer, config: dict, vocabulary: int, positions: int) -> dict:
    """What OpenAI's checkpoints say in their generation_config.json, from the tokenizer and CTranslate2's config.json."""
    ids = {name: tokenizer.token_to_id(f"<|{name}|>") for name in ("endoftext", "startoftranscript", "notimestamps", "startofprev")}
    end, start, silent = ids["endoftext"], ids["startoftranscript"], ids["notimestamps"]
    common = {
        "alignment_heads": config.get("alignment_heads"), "begin_suppress_tokens": config["suppress_ids_begin"], "bos_token_id": end,
        "decoder_start_token_id": start, "eos_token_id": end, "pad_token_id": end, "is_multilingual": vocabulary >= MULTILINGUAL,
        "max_initial_timestamp_index": 50, "max_length": positions, "no_timestamps_token_id": silent,
        "prev_sot_token_id": ids["startofprev"], "return_timestamps": False, "suppress_tokens": config["suppress_ids"],
    }
    if vocabulary < MULTILINGUAL:
        return {**common, "forced_decoder_ids": [[1, silent]]}
    tasks = {name: tokenizer.token_to_id(f"<|{name}|>") for name in ("transcribe", "translate")}
    languages = {tokenizer.id_to_token(i): i for i in range(start + 1, tasks["translate"])}
    return {**common, "lang_to_id": languages, "task_to_id": tasks, "forced_decoder_ids": [[1, None], [2, tasks["transcribe"]]]}


def write_checkpoint(source: Path, target: Path) -> None:
    variables = read_variables(source / "model.bin")
    layers = {side: 1 + max(int(name.split("/")[1][6:]) for name in variables if name.startswith(f"{side}/layer_") and name.split("/")[1] != "layer_norm") for side in ("encoder", "decoder")}
    vocabulary, width = variables["decoder/embeddings/weight"].shape
    mels = variables["encoder/conv1/weight"].shape[1]
    positions = len(variables["decoder/position_encodings/encodings"])
    ends = generation_config(Tokenizer.from_file(str(source / "tokenizer.json")), json.loads((source / "config.json").read_text()), vocabulary, positions)
    config = WhisperConfig(
        vocab_size=vocabulary, num_mel_bins=mels, d_model=width, encoder_layers=layers["encoder"], decoder_layers=layers["decoder"],
        encoder_attention_heads=int(variables["encoder/num_heads"]), decoder_attention_heads=int(variables["decoder/num_heads"]),
        encoder_ffn_dim=len(variables["encoder/layer_0/ffn/linear_0/bias"]), decoder_ffn_dim=len(variables["decoder/layer_0/ffn/linear_0/bias"]),
        max_source_positions=len(variables["encoder/position_encodings/encodings"]), max_target_positions=positions,
        **{name: ends[name] for name in ("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id")}, suppress_tokens=None, begin_suppress_tokens=None,
    )
    model = WhisperForConditionalGeneration(config).eval()
    model.load_state_dict(state_of(variables, layers), strict=True)
    model.save_pretrained(target)
    (target / "generation_config.json").write_text(json.dumps(ends, indent=2) + "\n")
    shutil.copy(source / "tokenizer.json", target / "tokenizer.json")
    if (source / "preprocessor_config.json").exists():
        shutil.copy(source / "preprocessor_config.json", target / "preprocessor_config.json")
    else:
        WhisperFeatureExtractor(feature_size=mels).save_pretrained(target)


if __name__ == "__main__":
    write_checkpoint(Path(sys.argv[1]), Path(sys.argv[2]))
