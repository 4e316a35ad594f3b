"""Adds recordings as browsers, phones and editors write them to those of recordings.py, and what ffmpeg decodes of them.

Needs the programs ffmpeg (with libopus, libvorbis, libmp3lame and libvpx), sox and flac. Also writes FLAC files of many
frame sizes and endings with the digests of what `flac -d` makes of them.
"""

import base64
import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from recordings import FIXTURES, FOLDER, digest, lossy, planes, run

# name, channels, rate, frames, arguments of ffmpeg
EXACT = [
    ("ms-adpcm.wav", 1, 8000, 900, ["-c:a", "adpcm_ms", "-block_size", "256"]),
    ("ms-adpcm-stereo.wav", 2, 22050, 900, ["-c:a", "adpcm_ms", "-block_size", "256"]),
    ("ima-adpcm.wav", 1, 8000, 900, ["-c:a", "adpcm_ima_wav", "-block_size", "256"]),
    ("ima-adpcm-stereo.wav", 2, 22050, 900, ["-c:a", "adpcm_ima_wav", "-block_size", "256"]),
    ("s16.w64", 2, 44100, 200, ["-c:a", "pcm_s16le"]),
    ("s8.aiff", 1, 8000, 301, ["-c:a", "pcm_s8"]),
    ("s24-stereo.aiff", 2, 48000, 201, ["-c:a", "pcm_s24be"]),
    ("sowt.aiff", 1, 16000, 300, ["-c:a", "pcm_s16le"]),
    ("f64.aiff", 1, 44100, 100, ["-c:a", "pcm_f64be"]),
    ("ima4-stereo.aiff", 2, 22050, 640, ["-c:a", "adpcm_ima_qt"]),
    ("s16-stereo.au", 2, 44100, 200, ["-c:a", "pcm_s16be"]),
    ("f32.au", 1, 44100, 200, ["-c:a", "pcm_f32be"]),
    ("mu-law.au", 1, 8000, 800, ["-c:a", "pcm_mulaw"]),
    ("s24.caf", 1, 48000, 201, ["-c:a", "pcm_s24le"]),
    ("f32be-stereo.caf", 2, 44100, 100, ["-c:a", "pcm_f32be"]),
    ("ima4.caf", 1, 22050, 640, ["-c:a", "adpcm_ima_qt"]),
    ("s24-stereo.mov", 2, 48000, 201, ["-c:a", "pcm_s24le"]),
    ("sowt-stereo.mov", 2, 44100, 2300, ["-c:a", "pcm_s16le"]),
    ("ima4.mov", 1, 22050, 640, ["-c:a", "adpcm_ima_qt"]),
    ("flac-stereo.mp4", 2, 44100, 1000, ["-c:a", "flac", "-strict", "-2"]),
    ("s16-stereo.mka", 2, 44100, 300, ["-c:a", "pcm_s16le"]),
    ("f32.mka", 1, 16000, 200, ["-c:a", "pcm_f32le"]),
    ("flac.mka", 1, 16000, 1000, ["-c:a", "flac"]),
    ("alac-stereo.m4a", 2, 44100, 4500, ["-c:a", "alac", "-sample_fmt", "s16p"]),
    ("alac-24.m4a", 1, 16000, 1000, ["-c:a", "alac", "-sample_fmt", "s32p"]),
]
FRAGMENTS = ["-movflags", "frag_keyframe+empty_moov", "-frag_duration", "100000"]
VIDEO = ["-f", "lavfi", "-i", "color=s=32x32:r=5:d=0.4", "-map", "0:a", "-map", "1:v"]
LOSSY = [
    ("mpeg.wav", 1, 22050, 8000, ["-c:a", "libmp3lame", "-b:a", "32k"]),
    ("mpeg.mp4", 1, 22050, 8000, ["-c:a", "libmp3lame", "-b:a", "32k"]),
    ("mpeg-stereo.mkv", 2, 44100, 8000, ["-c:a", "libmp3lame", "-b:a", "64k"]),
    ("opus-stereo.webm", 2, 48000, 12000, ["-c:a", "libopus", "-b:a", "32k"]),
    ("opus-live.webm", 1, 48000, 12000, ["-c:a", "libopus", "-b:a", "24k", "-f", "webm", "-live", "1"]),
    ("opus-beside-video.webm", 1, 48000, 12000, [*VIDEO, "-c:a", "libopus", "-b:a", "24k", "-c:v", "libvpx"]),
    ("opus-stereo.mp4", 2, 48000, 12000, ["-c:a", "libopus", "-b:a", "32k"]),
    ("opus-fragments.mp4", 1, 48000, 12000, ["-c:a", "libopus", "-b:a", "24k", *FRAGMENTS]),
    ("vorbis-mono.webm", 1, 16000, 8000, ["-c:a", "libvorbis", "-q:a", "0"]),
    ("vorbis-mono.mp4", 1, 16000, 8000, ["-c:a", "libvorbis", "-q:a", "0"]),
]


def ffmpeg_floats(path, channels):
    """float32 [frames, channels] by ffmpeg, Opus by the library of its makers."""
    decoder = ["-c:a", "libopus"] if "opus" in path.name else []
    command = ["ffmpeg", "-v", "error", *decoder, "-i", path, "-map", "0:a:0", "-f", "f32le", "-"]
    raw = subprocess.run([str(part) for part in command], check=True, capture_output=True)
    return np.frombuffer(raw.stdout, dtype="<f4").reshape(-1, channels)


def write(source, name, channels, rate, frames, arguments):
    soundfile.write(source, planes(channels, frames, 24) / 2.0**23, rate, subtype="PCM_24")
    command = ["ffmpeg", "-v", "error", "-y", "-i", source, *arguments, "-fflags", "+bitexact", "-flags:a", "+bitexact"]
    if name == "opus-live.webm":
        encoded = subprocess.run([str(part) for part in [*command, "-"]], check=True, capture_output=True)
        (FOLDER / name).write_bytes(encoded.stdout)
    else:
        run(*command, FOLDER / name)


RAW = ["--force-raw-format", "--endian=little", "--sign=signed"]


def flac_of_32_bits():
    """ffmpeg 5 does not read it; `flac -d` gives integers."""
    size = ["--channels=2", "--bps=32", "--sample-rate=44100", "-8", "--no-padding", "-"]
    raw = planes(2, 600, 32).astype("<i4").tobytes()
    encoded = subprocess.run(["flac", "-s", "-c", *RAW, *size], input=raw, check=True, capture_output=True).stdout
    (FOLDER / "32-bit-stereo.flac").write_bytes(encoded)
    decoded = subprocess.run(["flac", "-s", "-d", "-c", *RAW, "-"], input=encoded, check=True, capture_output=True).stdout
    samples = (np.frombuffer(decoded, dtype="<i4").reshape(-1, 2) / 2.0**31).astype(np.float32)
    return {"sampleRate": 44100, "channels": 2, "frames": len(samples), "digest": digest(samples)}


def flac_endings():
    """Digests are of the bytes that `flac -d` writes: little-endian integers."""
    shapes = {
        "zeros": lambda frames, bits: np.zeros(frames, dtype=np.int64),
        "one sample after": lambda frames, bits: np.arange(frames) // (frames - 1),
        "noise": lambda frames, bits: planes(1, frames, bits)[:, 0],
        "noise, then silence": lambda frames, bits: planes(1, frames, bits)[:, 0] * (np.arange(frames) < frames // 2),
        "whole steps": lambda frames, bits: planes(1, frames, bits)[:, 0] // 16 * 16,
    }
    endings = []
    for bits in [8, 16, 24]:
        for shape, make in shapes.items():
            for block, frames, channels, level in [(16, 33, 1, 5), (192, 193, 1, 0), (192, 384, 2, 8), (576, 600, 3, 5)]:
                samples = np.stack([make(frames, bits) // (c + 1) for c in range(channels)], axis=1)
                raw = b"".join(int(v).to_bytes(bits // 8, "little", signed=True) for v in samples.reshape(-1))
                size = [f"--channels={channels}", f"--bps={bits}", "--sample-rate=16000", f"-b{block}", "--lax"]
                command = ["flac", "-s", "-c", *RAW, *size, f"-{level}", "--no-padding", "-"]
                encoded = subprocess.run(command, input=raw, check=True, capture_output=True).stdout
                decode = ["flac", "-s", "-d", "-c", *RAW, "-"]
                decoded = subprocess.run(decode, input=encoded, check=True, capture_output=True).stdout
                endings.append({
                    "name": f"{shape}, {bits} bits, {channels} channels, {frames} samples in blocks of {block}",
                    "bits": bits,
                    "channels": channels,
                    "frames": frames,
                    "digest": hashlib.sha256(decoded).hexdigest()[:16],
                    "flac": base64.b64encode(encoded).decode(),
                })
    (FIXTURES / "flac-endings.json").write_text(json.dumps(endings, indent=1) + "\n")


def main():
    path = FIXTURES / "recordings.json"
    results = json.loads(path.read_text())
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary) / "source.wav"
        for name, channels, rate, frames, arguments in EXACT:
            write(source, name, channels, rate, frames, arguments)
            samples = ffmpeg_floats(FOLDER / name, channels)
            results["exact"][name] = {"sampleRate": rate, "channels": channels, "frames": len(samples), "digest": digest(samples)}
        # ffmpeg 5 reads these with the bytes in the wrong order.
        soundfile.write(source, planes(2, 300) / 32768, 44100, subtype="PCM_16")
        run("sox", source, "-B", FOLDER / "big-endian.wav")
        samples = soundfile.read(source, dtype="float32", always_2d=True)[0]
        results["exact"]["big-endian.wav"] = {"sampleRate": 44100, "channels": 2, "frames": 300, "digest": digest(samples)}
        results["exact"]["32-bit-stereo.flac"] = flac_of_32_bits()
        for name, channels, rate, frames, arguments in LOSSY:
            write(source, name, channels, rate, frames, arguments)
            results["lossy"][name] = lossy(ffmpeg_floats(FOLDER / name, channels), rate, "ffmpeg")
    path.write_text(json.dumps(results, indent=1) + "\n")
    flac_endings()


if __name__ == "__main__":
    main()
