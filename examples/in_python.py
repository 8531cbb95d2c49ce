"""Colors a small ramp in a notebook or script."""

# [in python]
import numpy as np

import icolorit

colorizer = icolorit.Colorizer(icolorit.Model.default())
grey = np.tile(np.arange(60, 180, dtype=np.uint8), (80, 1))  # (H, W); or of Pillow: np.asarray(picture.convert("L"))
colored = colorizer.colorize(grey, [icolorit.Hint(60, 40, "#c8402e")])  # (H, W, 3)
colorizer.add_hint(icolorit.Hint(20, 10, "#6b9dd2"))
colorizer.render(out=colored)  # into the same array
# [in python]

red, green, blue = (int(sample) for sample in colored[40, 60])
print(f"red {red}, green {green}, blue {blue} at the hint")
assert red > blue + 20
