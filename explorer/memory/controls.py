"""The controls of the Memory page: the device a training step is to fit."""

from explorer.choice.controls import Control, NumberControl, OptionControl
from stickgen.sizing.devices import DEVICES

OTHER = "another device"

DEVICE_CONTROLS: dict[str, Control] = {
    "device": OptionControl(
        label="Device",
        options=(*DEVICES, OTHER),
        default="RTX 3060",
        help="GB as makers state them, read as 10⁹ bytes.",
    ),
    "device_gb": NumberControl(
        label="Memory of another device (GB)", minimum=1, maximum=1024, default=8, help="Read as a CUDA device."
    ),
}
