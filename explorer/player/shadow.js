// Shadows on the ground.

/** Soft shadows on the ground: one below the body, darker ones below what touches it. */
export function drawShadow(context, clip, pose, view, colours) {
  const unit = clip.height * view.scale;
  const spot = (x, lift, halfWidth, strength) => {
    const fade = Math.max(0, 1 - lift / (0.6 * clip.height));
    if (fade === 0) return;
    context.save();
    context.translate(view.x(x), view.level + 0.004 * unit);
    context.scale(1, 0.16);
    const radius = halfWidth * unit * (1 + 0.5 * (1 - fade));
    const gradient = context.createRadialGradient(0, 0, 0, 0, 0, radius);
    gradient.addColorStop(0, colours.shadow);
    gradient.addColorStop(1, "rgb(0 0 0 / 0)");
    context.globalAlpha = strength * fade * fade;
    context.fillStyle = gradient;
    context.fillRect(-radius, -radius, 2 * radius, 2 * radius);
    context.restore();
  };
  let lowest = Infinity;
  let middle = 0;
  for (let i = 0; i < pose.length; i += 2) {
    lowest = Math.min(lowest, pose[i + 1]);
    middle += pose[i] / (pose.length / 2);
  }
  spot(middle, Math.max(lowest, 0), 0.3, 0.5);
  clip.parts.forEach(({ limb, tip }, index) => {
    if (limb !== "leg" || !tip) return;
    spot(pose[index * 4 + 2], 2.5 * Math.max(pose[index * 4 + 3], 0), 0.1, 0.8);
  });
}
