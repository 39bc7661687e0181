"""`python -m tests.chain.soak`. The operator's processes import this too: it loads nothing then."""

if __name__ == "__main__":
    import sys

    from tests.chain.soak.cli import main
    from tests.support.ending import end_with

    end_with(lambda: main(sys.argv[1:]))
