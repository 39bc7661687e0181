"""Writes everything that is made of the charts and of the definition: `make chart`."""

from tests.chart.generated import REPOSITORY, generated, stray


def main() -> None:
    made = generated()
    for path, text in made.items():
        target = REPOSITORY / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    for leftover in stray(made):
        leftover.unlink()


main()
