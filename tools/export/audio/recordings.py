"""Writes recordings in many formats, and what soundfile, ffmpeg and opusdec decode of them.

Needs the programs flac, lame, opusenc and opusdec (opus-tools), and ffmpeg. The samples are those of
signals.py, channel c made with seed c + 1.
"""

import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from signals import integers
from sampled import sampled

FIXTURES = Path(__file__).parents[3] / "packages" / "audio" / "fixtures"
FOLDER = FIXTURES / "recordings"
WAV = [
    # name, channels, rate, frames, subtype, format
    ("u8", 1, 8000, 301, "PCM_U8", "WAV"),
    ("u8-stereo", 2, 11025, 301, "PCM_U8", "WAV"),
    ("s16", 1, 16000, 400, "PCM_16", "WAV"),
    ("s16-stereo", 2, 44100, 400, "PCM_16", "WAV"),
    ("s24-stereo", 2, 48000, 301, "PCM_24", "WAV"),
    ("s32", 1, 96000, 200, "PCM_32", "WAV"),
    ("f32-stereo", 2, 44100, 200, "FLOAT", "WAV"),
    ("f64", 1, 22050, 200, "DOUBLE", "WAV"),
    ("a-law", 1, 8000, 2000, "ALAW", "WAV"),
    ("mu-law-stereo", 2, 8000, 2000, "ULAW", "WAV"),
    ("extensible-s16-6", 6, 48000, 100, "PCM_16", "WAVEX"),
    ("extensible-s24-3", 3, 48000, 101, "PCM_24", "WAVEX"),
    ("extensible-f32", 1, 44100, 100, "FLOAT", "WAVEX"),
    ("rf64-s16", 2, 44100, 100, "PCM_16", "RF64"),
]
FLAC = [("8-bit", 1, 16000, "PCM_S8"), ("16-bit", 1, 16000, "PCM_16"), ("16-bit-stereo", 2, 44100, "PCM_16"), ("24-bit-stereo", 2, 48000, "PCM_24")]


def planes(channels, frames, bits=16):
    return np.stack([integers(c + 1, frames, bits) for c in range(channels)], axis=1)


def digest(samples):
    """Of float32 [frames, channels], channel after channel."""
    return hashlib.sha256(np.ascontiguousarray(samples.T, dtype="<f4").tobytes()).hexdigest()[:16]


def exact(path):
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return {"sampleRate": rate, "channels": samples.shape[1], "frames": samples.shape[0], "digest": digest(samples)}


def lossy(samples, rate, decoder):
    return {"sampleRate": rate, "decoder": decoder, **sampled(samples.T, 1200)}


def run(*command):
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


def with_ffmpeg(path, channels):
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-f", "f32le", "-"], check=True, capture_output=True)
    return np.frombuffer(raw.stdout, dtype="<f4").reshape(-1, channels)


def silence():
    """Ten minutes in a few kilobytes, of a length that the header does not state: the encoder wrote to a pipe."""
    options = ["--endian=little", "--sign=signed", "--channels=1", "--bps=16", "--sample-rate=44100", "--blocksize=65535"]
    command = ["flac", "-s", "-c", "--force-raw-format", "--no-padding", "--no-md5-sum", "--lax", *options, "-"]
    encoded = subprocess.run(command, input=bytes(2 * 44100 * 600), check=True, capture_output=True).stdout
    (FOLDER / "silence.flac").write_bytes(encoded)


def main():
    FOLDER.mkdir(exist_ok=True)
    silence()
    results = {"exact": {}, "lossy": {}}
    for name, channels, rate, frames, subtype, container in WAV:
        bits = {"PCM_24": 24, "PCM_32": 32, "FLOAT": 24, "DOUBLE": 24}.get(subtype, 16)
        samples = planes(channels, frames, bits) / 2.0 ** (bits - 1)
        soundfile.write(FOLDER / f"{name}.wav", samples, rate, subtype=subtype, format=container)
        results["exact"][f"{name}.wav"] = exact(FOLDER / f"{name}.wav")
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary) / "source.wav"
        for name, channels, rate, subtype in FLAC:
            bits = {"PCM_S8": 8, "PCM_16": 16, "PCM_24": 24}[subtype]
            samples = planes(channels, 5000, bits) / 2.0 ** (bits - 1)
            soundfile.write(FOLDER / f"{name}.flac", samples, rate, subtype=subtype)
            results["exact"][f"{name}.flac"] = exact(FOLDER / f"{name}.flac")
        soundfile.write(source, planes(2, 5000) / 32768, 44100, subtype="PCM_16")
        run("flac", "-s", "-f", "--ogg", "--serial-number=1", source, "-o", FOLDER / "flac.ogg")
        results["exact"]["flac.ogg"] = exact(source)
        for name, channels, rate, frames, options in [
            ("stereo-44100", 2, 44100, 20000, ["-b", "128"]),
            ("mono-vbr-22050", 1, 22050, 12000, ["-V", "6"]),
        ]:
            soundfile.write(source, planes(channels, frames) / 32768, rate, subtype="PCM_16")
            path = FOLDER / f"{name}.mp3"
            run("lame", "--quiet", *options, source, path)
            results["lossy"][path.name] = lossy(with_ffmpeg(path, channels), rate, "ffmpeg")
        for name, channels, rate in [("stereo-44100", 2, 44100), ("mono-16000", 1, 16000)]:
            path = FOLDER / f"vorbis-{name}.ogg"
            soundfile.write(source, planes(channels, 20000) / 32768, rate, subtype="PCM_16")
            run("oggenc", "-Q", "-s", "1", "-q", "2", source, "-o", path)
            results["lossy"][path.name] = lossy(soundfile.read(path, dtype="float32", always_2d=True)[0], rate, "libvorbis")
        for name, channels in [("stereo", 2), ("mono", 1)]:
            path = FOLDER / f"opus-{name}.opus"
            decoded = Path(temporary) / "decoded.wav"
            soundfile.write(source, planes(channels, 20000) / 32768, 48000, subtype="PCM_16")
            run("opusenc", "--quiet", "--serial", "1", "--bitrate", "48", source, path)
            run("opusdec", "--quiet", "--float", "--rate", "48000", path, decoded)
            results["lossy"][path.name] = lossy(soundfile.read(decoded, dtype="float32", always_2d=True)[0], 48000, "opusdec")
    (FIXTURES / "recordings.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
