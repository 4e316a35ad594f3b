"""Writes the features of several models' front ends in numpy float64, and how far the official float32 code is from them."""

import json
from pathlib import Path

import numpy as np
import torch

torch.version.cuda = None  # torchaudio refuses a torch that was built for another version of CUDA

import librosa
from speechbrain.lobes.features import Fbank
from speechbrain.processing.features import InputNormalization
from transformers import ClapFeatureExtractor, WhisperFeatureExtractor
from transformers.audio_utils import mel_filter_bank

from signals import signal
from sampled import sampled

FIXTURES = Path(__file__).parents[3] / "packages" / "audio" / "fixtures"


def power(x, n_fft, hop, window, mode):
    """Squared magnitudes, float64 [frames, bins]."""
    padded = np.pad(np.asarray(x, dtype=np.float64), n_fft // 2, mode=mode)
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop]
    return np.abs(np.fft.rfft(frames * window, axis=1)) ** 2


def hann(length):
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)


def whisper(config, x, whole):
    size = config["feature_size"]
    rate, hop, n_fft = config["sampling_rate"], config["hop_length"], config["n_fft"]
    if not whole:
        x = np.pad(x[: config["chunk_length"] * rate], (0, max(0, config["chunk_length"] * rate - len(x))), constant_values=config["padding_value"])
    filters = mel_filter_bank(n_fft // 2 + 1, size, 0.0, 8000.0, rate, norm="slaney", mel_scale="slaney")
    log = np.log10(np.maximum(1e-10, power(x, n_fft, hop, hann(n_fft), "reflect")[:-1] @ filters)).T
    return (np.maximum(log, log.max() - 8) + 4) / 4


def whisper_case(seed, samples, whole=False, **changes):
    config = {"feature_size": 80, "sampling_rate": 16000, "hop_length": 160, "n_fft": 400, "chunk_length": 30, "padding_value": 0.0, **changes}
    x = signal(seed, samples)
    features = whisper(config, x, whole)
    padding = {"truncation": False, "padding": "longest"} if whole else {}
    official = WhisperFeatureExtractor(**config)(x, sampling_rate=config["sampling_rate"], return_tensors="np", **padding)["input_features"][0]
    difference = float(np.abs(official - features).max())
    return {"config": config, "seed": seed, "samples": samples, "whole": whole, "official": difference, **sampled(features)}


CLAP = {"feature_size": 64, "sampling_rate": 48000, "hop_length": 480, "fft_window_size": 1024, "max_length_s": 10, "frequency_min": 50, "frequency_max": 14000, "top_db": None}


def shrink(mel, frames):
    tensor = torch.from_numpy(mel)[None, None]
    return torch.nn.functional.interpolate(tensor, size=[frames, 64], mode="bilinear", align_corners=False)[0, 0].numpy()


def clap(config, x, crop):
    limit = config["max_length_s"] * config["sampling_rate"]
    hop, n_fft = config["hop_length"], config["fft_window_size"]
    fusion = config["truncation"] == "fusion"
    filters = mel_filter_bank(
        n_fft // 2 + 1, 64, config["frequency_min"], config["frequency_max"], config["sampling_rate"],
        norm=None if fusion else "slaney", mel_scale="htk" if fusion else "slaney",
    )
    decibels = lambda wave: 10 * np.log10(np.maximum(1e-10, power(wave, n_fft, hop, hann(n_fft), "reflect") @ filters))
    if len(x) < limit:
        times = limit // len(x)
        if config["padding"] == "repeat":
            x = np.tile(x, times + 1)[:limit]
        elif config["padding"] == "repeatpad":
            x = np.tile(x, times)
        x = np.pad(x, (0, limit - len(x)))
    if not fusion:
        return decibels(x[crop : crop + limit])[None], None
    mel = decibels(x)
    frames = limit // hop + 1
    if len(mel) <= frames:
        return np.stack([mel] * 4), None
    return np.stack([shrink(mel, frames)] + [mel[i : i + frames] for i in crop]), len(mel)


class Choices:
    """Stands in for numpy's random numbers, so that the official class crops where it is told."""

    def __init__(self, values):
        self.values = list(values)

    def randint(self, low, high):
        return self.values[0] if self.values else 0

    def choice(self, values):
        chosen = self.values.pop(0)
        assert chosen in values
        return chosen


def clap_case(seed, samples, truncation, padding, crop, **changes):
    from transformers.models.clap import feature_extraction_clap as module

    config = {**CLAP, **changes, "truncation": truncation, "padding": padding}
    x = signal(seed, samples)
    features, _ = clap(config, x, crop)
    real = np.random
    try:
        choices = Choices(crop if isinstance(crop, list) else [crop])
        module.np.random, kept = choices, module.np.random
        official = ClapFeatureExtractor(**config)(x, sampling_rate=config["sampling_rate"], return_tensors="np")
    finally:
        module.np.random = real
    difference = float(np.abs(official["input_features"][0] - features).max())
    longer = bool(official["is_longer"][0][0])
    return {"config": config, "seed": seed, "samples": samples, "crop": crop, "isLonger": longer, "official": difference, **sampled(features)}


def speechbrain_filters():
    """Symmetric triangles as wide as the gap to the left, on 2595 log10(1 + f / 700)."""
    mels = np.linspace(0, 2595 * np.log10(1 + 8000 / 700), 82)
    edges = 700 * (10 ** (mels / 2595) - 1)
    gaps, centres = np.diff(edges)[:-1], edges[1:-1]
    slope = (np.linspace(0, 8000, 201)[:, None] - centres) / gaps
    return np.maximum(0, np.minimum(slope + 1, 1 - slope))


def ecapa_case(seed, samples):
    x = signal(seed, samples)
    hamming = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(400) / 400)
    decibels = 10 * np.log10(np.maximum(1e-10, power(x, 400, 160, hamming, "constant") @ speechbrain_filters()))
    features = np.maximum(decibels, decibels.max() - 80)
    features -= features.mean(axis=0)
    normalise = InputNormalization(norm_type="sentence", std_norm=False)
    official = normalise(Fbank(n_mels=80)(torch.from_numpy(x)[None]), torch.ones(1))[0].numpy()
    return {"seed": seed, "samples": samples, "official": float(np.abs(official - features).max()), **sampled(features)}


def partial_slices(samples, rate=1.3, min_coverage=0.75):
    """compute_partial_slices of Resemblyzer's voice_encoder.py, as described there."""
    frames, step = int(np.ceil((samples + 1) / 160)), int(np.round(16000 / rate / 160))
    firsts = list(range(0, max(1, frames - 160 + step + 1), step))
    if len(firsts) > 1 and (samples - firsts[-1] * 160) / (160 * 160) < min_coverage:
        firsts.pop()
    return firsts


def resemblyzer_case(seed, samples, padding):
    x = signal(seed, samples)
    rms = np.sqrt(np.mean(np.float64(x) ** 2))
    loud = (x * 10 ** (max(0, -30 - 20 * np.log10(rms)) / 20)).astype(np.float32)
    firsts = partial_slices(samples)
    padded = np.pad(loud, (0, max(0, (firsts[-1] + 160) * 160 - samples)))
    filters = mel_filter_bank(201, 40, 0.0, 8000.0, 16000, norm="slaney", mel_scale="slaney")
    mel = power(padded, 400, 160, hann(400), padding) @ filters
    official = librosa.feature.melspectrogram(y=padded, sr=16000, n_fft=400, hop_length=160, n_mels=40, pad_mode=padding).T
    partials = np.stack([mel[first : first + 160] for first in firsts])
    difference = float(np.abs(official - mel).max() / mel.max())
    return {"seed": seed, "samples": samples, "padding": padding, "firstFrames": firsts, "official": difference, **sampled(partials)}


def chunks(samples, chunk, left, right):
    """Strides that transformers' own chunk_iter gives."""
    from transformers.pipelines.automatic_speech_recognition import chunk_iter

    class Extractor:
        sampling_rate = 100

        def __call__(self, chunk, **_):
            return {"first": int(chunk[0]), "length": len(chunk)}

    parts = chunk_iter(np.arange(samples), Extractor(), chunk, left, right)
    return [[part["first"], part["first"] + part["length"], part["stride"][1], part["stride"][2], part["is_last"]] for part in parts]


def main():
    results = {
        "whisper": [
            whisper_case(1, 480000),
            whisper_case(2, 80000),
            whisper_case(3, 500000),
            whisper_case(4, 479900),
            whisper_case(5, 70001, feature_size=128),
            whisper_case(1, 500),
            whisper_case(2, 30000, feature_size=40, sampling_rate=22050, hop_length=220, n_fft=512, chunk_length=2, padding_value=0.01),
            whisper_case(3, 600123, whole=True),
            whisper_case(4, 520000, whole=True, feature_size=128),
        ],
        "clap": [
            clap_case(1, 480000, "rand_trunc", "repeatpad", 0),
            clap_case(2, 240000, "rand_trunc", "repeatpad", 0),
            clap_case(3, 100003, "rand_trunc", "repeatpad", 0),
            clap_case(4, 100003, "rand_trunc", "repeat", 0, frequency_min=0),
            clap_case(5, 100003, "rand_trunc", "pad", 0),
            clap_case(1, 600001, "rand_trunc", "repeatpad", 77777),
            clap_case(2, 100003, "fusion", "repeatpad", [0, 0, 0]),
            clap_case(3, 480100, "fusion", "repeatpad", [0, 0, 0]),
            clap_case(4, 700000, "fusion", "repeatpad", [10, 200, 400]),
            clap_case(5, 481000, "fusion", "pad", [0, 1, 2]),
        ],
        "ecapa": [ecapa_case(1, 48000), ecapa_case(2, 16001), ecapa_case(3, 150)],
        "resemblyzer": [resemblyzer_case(1, 60000, "constant"), resemblyzer_case(2, 9000, "constant"), resemblyzer_case(3, 100000, "reflect")],
        "chunks": [[arguments, chunks(*arguments)] for arguments in [[1000, 300, 50, 50], [1000, 300, 0, 0], [299, 300, 50, 50], [301, 300, 100, 50], [350, 300, 100, 50], [1050, 300, 10, 140]]],
    }
    (FIXTURES / "front-ends.json").write_text(json.dumps(results, indent=1) + "\n")
    for name, cases in results.items():
        print(name, [case["official"] for case in cases if "official" in case])


main()
