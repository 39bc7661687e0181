from tests.images.cli import main
from tests.support.ending import end_with

end_with(main)
