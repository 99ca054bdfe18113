"""Pictures: drawn again from their points, so that nothing but the points is left."""

import io
import warnings

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from kernel.files.cleaning import Refused

FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP"}
MOST_POINTS = 25_000_000
Image.MAX_IMAGE_PIXELS = MOST_POINTS
ImageFile.LOAD_TRUNCATED_IMAGES = False
warnings.simplefilter("error", Image.DecompressionBombWarning)


def opened(content: bytes, kind: str) -> Image.Image:
    """The first picture of the file, upright. Its size is asked before a point is unpacked."""
    try:
        picture = Image.open(io.BytesIO(content), formats=[FORMATS[kind]])
        if picture.width * picture.height > MOST_POINTS:
            raise Refused("bomb")
        picture.load()
        upright = ImageOps.exif_transpose(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise Refused("bomb") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, KeyError) as error:
        raise Refused("broken") from error
    return plain(upright)


def plain(picture: Image.Image) -> Image.Image:
    """The same points in a picture that knows nothing else."""
    see_through = "A" in picture.getbands() or "transparency" in picture.info
    mode = "RGBA" if see_through else "RGB"
    points = picture.convert(mode)
    fresh = Image.new(mode, points.size)
    fresh.paste(points)
    return fresh


def written(picture: Image.Image, kind: str) -> bytes:
    """The picture as a file of that kind, without any remark."""
    out = io.BytesIO()
    if kind == "jpeg":
        picture.convert("RGB").save(out, "JPEG", quality=90, optimize=False)
    elif kind == "webp":
        picture.save(out, "WEBP", quality=90, method=2)
    else:
        picture.save(out, "PNG", compress_level=6)
    return out.getvalue()


def clean(content: bytes, kind: str) -> bytes:
    """The file made anew."""
    return written(opened(content, kind), kind)
