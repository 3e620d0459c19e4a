"""Say in the footer of each page which version of the course it is."""

from sphinx.application import Sphinx
from sphinx.config import Config

from prefetchlab import __version__


def _with_version(app: Sphinx, config: Config) -> None:
    options = config.html_theme_options
    footer = options["extra_footer"]
    options["extra_footer"] = footer.replace("|version|", __version__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Put the version where `_config.yml` writes |version|."""
    app.connect("config-inited", _with_version)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
