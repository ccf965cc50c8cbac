"""Lists whose cost does not grow with the table."""

from functools import cached_property

from django.core.paginator import Paginator
from django.db.models import QuerySet

# Nobody leafs further; who looks for something older searches for it.
DEEPEST = 10_000
# Text without an index is looked for among so many of the newest rows.
WINDOW = 100_000


class BoundedPaginator(Paginator):
    """Counts no further than DEEPEST rows and has no pages beyond."""

    object_list: QuerySet

    @cached_property
    def found(self) -> int:
        return count_up(self.object_list)

    @cached_property
    def count(self) -> int:
        return min(self.found, DEEPEST)

    @property
    def has_more(self) -> bool:
        return self.found > DEEPEST


def count_up(queryset: QuerySet) -> int:
    """How many, up to one more than DEEPEST."""
    return queryset.order_by()[: DEEPEST + 1].count()


def newest(queryset: QuerySet) -> QuerySet:
    """The newest rows of a large table, for searches that no index serves."""
    last = queryset.model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return queryset.filter(pk__gt=last - WINDOW)
