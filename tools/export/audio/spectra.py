"""Writes what torch, scipy and transformers compute: spectra, their inverses, resampled signals and mel filters."""

import json
import math
from pathlib import Path

import numpy as np
import scipy.signal
import torch

torch.version.cuda = None  # torchaudio refuses a torch that was built for another version of CUDA

from speechbrain.processing.features import Filterbank
from transformers.audio_utils import mel_filter_bank

from signals import signal
from sampled import sampled

FIXTURES = Path(__file__).parents[3] / "packages" / "audio" / "fixtures"
SPECTRA = [
    # fftSize, hopLength, windowLength, window, symmetry, padding, samples
    (400, 160, 400, "hann", "periodic", "reflect", 3000),
    (400, 160, 400, "hamming", "periodic", "constant", 3001),
    (512, 128, 400, "hann", "symmetric", "replicate", 4000),
    (1024, 480, 1024, "hann", "periodic", "reflect", 5000),
    (4096, 1024, 4096, "hann", "periodic", "reflect", 12000),
    (375, 100, 375, "hamming", "symmetric", "reflect", 2222),
    (262, 64, 251, "hann", "periodic", "constant", 2001),
    (127, 30, 127, "hamming", "periodic", "none", 2001),
    (600, 150, 600, "rectangular", "periodic", "none", 3000),
]
RATES = [(44100, 16000), (48000, 16000), (22050, 16000), (8000, 16000), (16000, 48000), (44100, 48000), (11127, 16000)]
BANKS = [
    # mels, bins, lowest, highest, rate, scale, norm
    (80, 201, 0, 8000, 16000, "slaney", "slaney"),
    (128, 201, 0, 8000, 16000, "slaney", "slaney"),
    (64, 513, 0, 14000, 48000, "slaney", "slaney"),
    (64, 513, 50, 14000, 48000, "htk", None),
    (40, 257, 20, 7600, 16000, "kaldi", None),
    (23, 188, 100, 5512, 11025, "htk", "slaney"),
]


def window(name, symmetry, length):
    if name == "rectangular":
        return torch.ones(length, dtype=torch.float64)
    make = {"hann": torch.hann_window, "hamming": torch.hamming_window}[name]
    return make(length, periodic=symmetry == "periodic", dtype=torch.float64)


def spectrum(n_fft, hop, length, name, symmetry, padding, samples):
    x = torch.from_numpy(signal(n_fft % 7, samples)).double()
    options = dict(n_fft=n_fft, hop_length=hop, win_length=length, window=window(name, symmetry, length), center=padding != "none")
    mode = {} if padding == "none" else {"pad_mode": padding}
    complex_ = torch.stft(x, return_complex=True, **options, **mode)
    # Another spectrogram than a signal has, so that the inverse must average what overlaps.
    other = complex_ * torch.linspace(0.5, 1.5, complex_.shape[1], dtype=torch.float64)
    result = {
        "options": {"fftSize": n_fft, "hopLength": hop, "windowLength": length, "window": {"name": name, "symmetry": symmetry}, "padding": padding},
        "seed": n_fft % 7,
        "samples": samples,
        "re": sampled(complex_.real.T),
        "im": sampled(complex_.imag.T),
    }
    if padding != "none" or name != "hann":
        result["inverse"] = sampled(torch.istft(other, **options))
        if padding != "none":
            result["longer"] = sampled(torch.istft(other, length=samples - 7, **options))
    return result


def kernel(up, down):
    """The filter that resample-kernel.ts describes, at `up` times the input's rate."""
    cutoff = min(1, up / down) * 0.94
    half = math.floor(32 / cutoff * up)
    t = np.arange(-half, half + 1) / up
    inside = np.clip(1 - (t * cutoff / 32) ** 2, 0, None)
    beta = 0.1102 * (110 - 8.7)
    return cutoff * np.sinc(cutoff * t) * np.i0(beta * np.sqrt(inside)) / np.i0(beta) / up


def resampled(source, target):
    divisor = math.gcd(source, target)
    up, down = target // divisor, source // divisor
    x = signal(2, 4000).astype(np.float64)
    # resample_poly multiplies the filter that it is given by `up`.
    return {"from": source, "to": target, "samples": 4000, **sampled(scipy.signal.resample_poly(x, up, down, window=kernel(up, down)))}


def bank(mels, bins, lowest, highest, rate, scale, norm):
    filters = mel_filter_bank(bins, mels, lowest, highest, rate, norm=norm, mel_scale=scale)
    options = {"melCount": mels, "binCount": bins, "minFrequency": lowest, "maxFrequency": highest, "sampleRate": rate, "scale": scale}
    return {"options": {**options, "shape": "triangles" if norm is None else "slaney-triangles"}, **sampled(filters.T, 2000)}


def speechbrain_bank():
    """SpeechBrain's own matrix, which it computes in float32."""
    module = Filterbank(n_mels=80, n_fft=400, sample_rate=16000)
    repeated = [row.repeat(201, 1).transpose(0, 1) for row in (module.f_central, module.band)]
    return sampled(module._create_fbank_matrix(*repeated).T.double().numpy(), 2000)


def main():
    results = {
        "spectra": [spectrum(*row) for row in SPECTRA],
        "resampled": [resampled(*row) for row in RATES],
        "banks": [bank(*row) for row in BANKS],
        "speechbrain": speechbrain_bank(),
    }
    (FIXTURES / "spectra.json").write_text(json.dumps(results, indent=1) + "\n")


main()
