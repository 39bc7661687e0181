"""The gateway by hand says what to type instead of an address that is none."""

import pytest
from tests.gateway.cli import main


@pytest.mark.parametrize(
    "address", ["localhost:8935", "http://localhost:8935", "https://localhost"]
)
def test_an_address_that_is_none_is_told_how_to_write_it(
    address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["gateway", address, "--out", "x", "a.ts"])

    with pytest.raises(SystemExit):
        main()

    assert "write https://HOST:PORT" in capsys.readouterr().err
