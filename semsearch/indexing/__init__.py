"""Everything that changes an index, under the lock of its one writer."""
