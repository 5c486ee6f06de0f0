"""Every command. Adding one is a file in this package and a line here."""

from stickgen.command import document, fits, lora, memory, motion, sizes, verify
from stickgen.command.command import Command

COMMANDS: dict[str, Command] = {
    "sizes": sizes.COMMAND,
    "memory": memory.COMMAND,
    "fits": fits.COMMAND,
    "lora": lora.COMMAND,
    "motion": motion.COMMAND,
    "verify": verify.COMMAND,
    "document": document.COMMAND,
}
"""Name to command, in the order of the help."""
