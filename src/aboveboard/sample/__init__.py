"""The sample business, *Riverside Physiotherapy 河畔理疗*: invented, complete, and the same for everyone."""

from pathlib import Path

#: The sample book.
BOOK = Path(__file__).with_name("business.yaml")
