"""Tiny Whisper checkpoints of the true architecture with random weights, and recordings for them to hear.

Sizes, windows, rates of mels, vocabularies and special ids are such as no published Whisper has, so that nothing can be right
by habit.
"""

import json
import wave
from pathlib import Path

import numpy as np
import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

FIXTURES = Path(__file__).parents[3] / "plugins" / "whisper" / "fixtures"
# `positions`: of the decoder; `chunk`: seconds of a window; `times`: whether the tokenizer names them; `end`: how much longer the
# vector of the token is that ends a text; `alignment`: heads that follow the words, in models whose decoder says what it attends
# to, whose rules are openai/whisper's, and which openai/whisper is asked about.
SEEDS = {
    1: dict(name="multilingual", mels=20, chunk=1, positions=40, words=44, width=32, heads=2, layers=2, languages=["en", "fr", "de", "haw"], times=True, split=False, end=2.0),
    2: dict(name="english", mels=40, chunk=2, positions=28, words=128, width=48, heads=4, layers=1, languages=["en"], times=False, split=False, end=1.9),
    3: dict(name="split", mels=12, chunk=3, positions=52, words=200, width=36, heads=3, layers=2, languages=["de", "en", "yue"], times=True, split=True, end=1.9),
    4: dict(name="attended", mels=16, chunk=2, positions=44, words=60, width=32, heads=2, layers=2, ffn=4, languages=["en", "zh", "de"], times=True, split=False, end=1.9, alignment=[[0, 1], [1, 0], [1, 1]]),
}
TEXTS = ["ask not what your country can do for you", "the quick brown fox", "und so weiter", "l'été à la plage", "日本語 と 中文", "да и нет"] * 5


def make_tokenizer(words: int, languages: list[str], window: int, times: bool) -> Tokenizer:
    """Whisper's own pipeline on a vocabulary of 256 bytes and so many merges, then its special tokens in its order."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    pairs = [f"{chr(97 + i)}{chr(97 + j)}" for i in range(26) for j in range(26)]
    trainer = trainers.BpeTrainer(vocab_size=256 + words, initial_alphabet=alphabet, show_progress=False, min_frequency=1)
    tokenizer.train_from_iterator(TEXTS + pairs, trainer)
    named = ["endoftext", "startoftranscript", *languages, "translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"]
    tokenizer.add_special_tokens([AddedToken(f"<|{name}|>", normalized=False, special=True) for name in named])
    if times:
        tokenizer.add_tokens([AddedToken(f"<|{i * 0.02:.2f}|>", normalized=False, special=False) for i in range(window + 1)])
    return tokenizer


def write_tiny_checkpoint(seed: int, folder: Path) -> None:
    size = SEEDS[seed]
    extractor = WhisperFeatureExtractor(feature_size=size["mels"], chunk_length=size["chunk"])
    window = extractor.nb_max_frames // 2
    tokenizer = make_tokenizer(size["words"], size["languages"], window, size["times"])
    ids = {name: tokenizer.token_to_id(f"<|{name}|>") for name in ("endoftext", "startoftranscript", "transcribe", "translate", "startofprev", "notimestamps")}
    end, start, silent = ids["endoftext"], ids["startoftranscript"], ids["notimestamps"]
    sides = {f"{side}_{key}": value for side in ("encoder", "decoder") for key, value in (("layers", size["layers"]), ("attention_heads", size["heads"]), ("ffn_dim", size.get("ffn", 2) * size["width"]))}
    torch.manual_seed(seed)
    model = WhisperForConditionalGeneration(WhisperConfig(
        vocab_size=silent + 1 + window + 1, num_mel_bins=size["mels"], d_model=size["width"], max_source_positions=window, max_target_positions=size["positions"],
        init_std=0.45, pad_token_id=end, bos_token_id=end, eos_token_id=end, decoder_start_token_id=start, suppress_tokens=None, begin_suppress_tokens=None, **sides,
    )).eval()
    with torch.no_grad():
        rows = model.get_output_embeddings().weight
        # As they come, hardly a text ever ends.
        rows[end] *= size["end"]
    model.save_pretrained(folder)
    extractor.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "bos_token_id": end, "eos_token_id": end, "pad_token_id": end, "decoder_start_token_id": start, "max_length": size["positions"],
        "no_timestamps_token_id": silent, "prev_sot_token_id": ids["startofprev"], "suppress_tokens": [3, 70, 71, ids["startofprev"], start],
        "begin_suppress_tokens": [32, end], "return_timestamps": False, "max_initial_timestamp_index": 12 * seed,
    }
    if "alignment" in size:
        named = ("transcribe", "translate", "startoflm", "startofprev", "nospeech")
        # Of its bytes it says letters, marks and Chinese alone, which words can be made of.
        unsaid = [i for i in range(end) if not any(c.isalpha() or c in " .,!?\"'(-" for c in tokenizer.decode([i])) and not "\u4e00" <= tokenizer.decode([i])[:1] <= "\u9fff"]
        config |= {
            "suppress_tokens": sorted([*unsaid, start, *(tokenizer.token_to_id(f"<|{name}|>") for name in named)]),
            "begin_suppress_tokens": [*tokenizer.encode(" ", add_special_tokens=False).ids, end], "max_initial_timestamp_index": 50,
            "alignment_heads": size["alignment"],
        }
    if len(size["languages"]) == 1:
        config |= {"is_multilingual": False, "forced_decoder_ids": [[1, silent]]}
    else:
        languages = {f"<|{code}|>": tokenizer.token_to_id(f"<|{code}|>") for code in size["languages"]}
        config |= {"is_multilingual": True, "lang_to_id": languages, "task_to_id": {name: ids[name] for name in ("transcribe", "translate")}}
        # OpenAI's own multilingual checkpoints have them, others no longer do.
        if seed in (1, 4):
            config["forced_decoder_ids"] = [[1, None], [2, ids["transcribe"]]]
    (folder / "generation_config.json").write_text(json.dumps(config, indent=2) + "\n")


def write_recordings(folder: Path) -> None:
    """PCM of 16 bits. Something like speech, a hum in silence, noise; the long one is longer than every window."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(5)

    def voice(rate: int, seconds: float, pitch: float) -> np.ndarray:
        t = np.arange(int(rate * seconds)) / rate
        phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.2 * np.sin(2 * np.pi * 0.7 * t) + 0.1 * np.sin(2 * np.pi * 2.3 * t))) / rate
        formants = sum(np.sin(k * phase) * np.exp(-(((k * pitch - 600 - 500 * np.sin(2 * np.pi * 1.3 * t)) / 400) ** 2)) for k in range(1, 20))
        return 0.3 * formants * np.clip(np.sin(2 * np.pi * 1.9 * t) + 0.4, 0, 1)

    def write(name: str, rate: int, channels: list[np.ndarray]) -> None:
        samples = np.round(np.clip(np.stack(channels, axis=1), -1, 1) * 32767).astype("<i2")
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setnchannels(len(channels))
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(samples.tobytes())

    write("silence", 16000, [np.zeros(8000)])
    write("voice", 16000, [voice(16000, 0.9, 140)])
    write("noise", 16000, [0.2 * generator.standard_normal(12000)])
    write("stereo", 44100, [voice(44100, 0.7, 110), 0.5 * voice(44100, 0.7, 230)])
    write("long", 16000, [np.concatenate([voice(16000, 1.7, 180), np.zeros(9000), 0.1 * generator.standard_normal(16000), voice(16000, 1.4, 90)])])
    write("moment", 16000, [voice(16000, 0.5, 150)[2000:2060]])
