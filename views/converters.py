"""What stands for a number in an address: digits, and no more than the database has room for."""

from werkzeug.routing import IntegerConverter, Map, ValidationError

# Ids are 64-bit; a longer one would be an error in the database instead of an address that leads nowhere.
_LARGEST = 2**63 - 1


class Identifier(IntegerConverter):
    """An id of the database, in ASCII digits."""

    regex = "[0-9]{1,19}"

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map)

    def to_python(self, value: str) -> int:
        number = int(value)
        if number > _LARGEST:
            raise ValidationError()
        return number
