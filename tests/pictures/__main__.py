"""Draw them anew; see the package."""

from tests.pictures import stored
from tests.pictures.drawn import PICTURES

if __name__ == "__main__":
    for name, draw in PICTURES.items():
        stored.path(name).write_text(stored.text_of(draw()), encoding="utf-8")
