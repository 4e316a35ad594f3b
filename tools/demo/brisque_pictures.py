"""Pictures for BRISQUE: photographs that packages ship, scenes drawn here, and graded distortions of both."""

import importlib.resources
from pathlib import Path

import cv2
import numpy as np

# Debian packages mate-backgrounds and lomiri-wallpapers-16.04; read here, never redistributed.
WALLPAPERS = (Path("/usr/share/backgrounds/mate/nature"), Path("/usr/share/backgrounds"))
# Photographs and textures inside scikit-image's wheel.
SAMPLES = ("astronaut", "brick", "camera", "chelsea", "coffee", "coins", "grass", "gravel", "motorcycle_left", "rocket")
DRAWN = 16
HEIGHT, WIDTH = 384, 512
STRENGTHS = 5

BLUR_SIGMAS = (0.6, 1.0, 1.6, 2.6, 4.5)
JPEG_QUALITIES = (60, 35, 20, 11, 5)
SHRINK_FACTORS = (1.4, 2.0, 2.8, 4.0, 6.0)
NOISE_SIGMAS = (3, 7, 14, 26, 48)
DISTORTIONS = ("blur", "jpeg", "shrink", "noise")


def load_sources() -> dict[str, list[np.ndarray]]:
    """Crops [HEIGHT, WIDTH, 3] BGR uint8 by picture; the crops of one picture must stay in one fold."""
    files = [path for folder in WALLPAPERS for path in sorted(folder.glob("*.jpg"))]
    data = importlib.resources.files("skimage.data")
    files += [next(Path(str(data)).glob(f"{name}.*")) for name in SAMPLES]
    sources = {path.stem: crops(cv2.imread(str(path))) for path in files}
    sources |= {f"drawn{seed}": [draw_scene(HEIGHT, WIDTH, seed)] for seed in range(DRAWN)}
    return sources


def crops(picture: np.ndarray) -> list[np.ndarray]:
    """One or two crops, after shrinking, so that the file's own compression leaves no trace."""
    height, width = picture.shape[:2]
    scale = max(HEIGHT / height, min(1.0, 1.5 * WIDTH / width), WIDTH / width)
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = picture.shape[:2]
    corners = {(0, 0), (max(0, height - HEIGHT), max(0, width - WIDTH))}
    return [picture[y : y + HEIGHT, x : x + WIDTH] for y, x in sorted(corners)]


def distort(picture: np.ndarray, kind: str, strength: int, rng: np.random.Generator) -> np.ndarray:
    """The picture with a distortion of strength 0 (slight) to STRENGTHS - 1 (severe)."""
    if kind == "blur":
        return cv2.GaussianBlur(picture, (0, 0), BLUR_SIGMAS[strength])
    if kind == "jpeg":
        quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITIES[strength]]
        return cv2.imdecode(cv2.imencode(".jpg", picture, quality)[1], cv2.IMREAD_UNCHANGED)
    if kind == "shrink":
        height, width = picture.shape[:2]
        factor = SHRINK_FACTORS[strength]
        small = cv2.resize(picture, (round(width / factor), round(height / factor)), interpolation=cv2.INTER_AREA)
        return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    if kind == "noise":
        noisy = picture + rng.normal(0, NOISE_SIGMAS[strength], picture.shape)
        return noisy.round().clip(0, 255).astype(np.uint8)
    raise ValueError(f"no distortion is called {kind!r}; there are {DISTORTIONS}")


def draw_scene(height: int, width: int, seed: int) -> np.ndarray:
    """A clean scene [height, width, 3] BGR: a shaded sky, textured ground, solid shapes and a line of text."""
    rng = np.random.default_rng(seed)
    down = np.linspace(0, 1, height)[:, None, None]
    canvas = rng.uniform(60, 250, 3) * (1 - down) + rng.uniform(20, 200, 3) * down + np.zeros((1, width, 1))
    ground = _texture(height, width, rng)[..., None] * rng.uniform(20, 70)
    horizon = int(height * rng.uniform(0.3, 0.6))
    canvas[horizon:] += ground[horizon:]
    canvas = (canvas + _texture(height, width, rng)[..., None] * 6).clip(0, 255).round().astype(np.uint8)
    size = min(height, width)
    for _ in range(rng.integers(5, 10)):
        colour = tuple(int(level) for level in rng.integers(0, 256, 3))
        x, y = int(rng.integers(width)), int(rng.integers(height))
        radius = int(size * rng.uniform(0.05, 0.25))
        if rng.random() < 0.5:
            cv2.circle(canvas, (x, y), radius, colour, -1, cv2.LINE_AA)
        else:
            corners = rng.integers(-radius, radius + 1, (rng.integers(3, 6), 2)) + (x, y)
            cv2.fillPoly(canvas, [corners.astype(np.int32)], colour, cv2.LINE_AA)
    place = (width // 12, int(height * rng.uniform(0.3, 0.9)))
    cv2.putText(canvas, f"scene {seed}", place, cv2.FONT_HERSHEY_SIMPLEX, size / 150, (250, 250, 250), 2, cv2.LINE_AA)
    # Surfaces are never quite even; without a trace of grain the statistics of flat areas degenerate.
    return (canvas + rng.normal(0, 1.2, canvas.shape)).round().clip(0, 255).astype(np.uint8)


def _texture(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Noise with the 1/f spectrum of natural pictures, mean 0 and deviation 1."""
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(rng.normal(size=(height, width))) / frequency
    texture = np.fft.irfft2(spectrum, (height, width))
    return texture / texture.std()
