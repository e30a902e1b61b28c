"""Nothing in the tests may reach a model hub."""

import os
import signal

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

# What a shell starts in the background ignores SIGINT, and so would what it starts in turn.
signal.signal(signal.SIGINT, signal.default_int_handler)
