in vec2 ab;
flat in float kind;
in vec3 at;
out vec4 colour;

// Above 0 inside. A long coat for a person and the Wanderer; long limbs and a white mask for a unit.
float outline(vec2 p) {
  float side = abs(p.x), b = p.y;
  if (b < 0.0 || b > 1.84) return -1.0;
  if (b > 1.55) return 0.0156 - p.x * p.x - (b - 1.67) * (b - 1.67);
  if (b > 1.46) return 0.08 - side;
  if (b > 1.36) return 0.08 + (1.46 - b) * 1.8 - side;
  if (kind > 0.5 && kind < 1.5) {
    if (b > 0.85) return max(0.15 - side, 0.05 - abs(side - 0.30 - 0.08 * (1.36 - b)));
    return max(0.055 - abs(side - 0.13), b > 0.35 ? 0.035 - abs(side - 0.36) : -1.0);
  }
  if (b > 0.55) return 0.26 - 0.06 * sin((b - 0.55) * 3.4) - side;
  return side > 0.015 ? 0.09 + 0.03 * b - abs(side - 0.11) : -1.0;
}

void main() {
  if (outline(ab) <= 0.0) discard;
  float through = clearness(at, eyeIn);
  vec3 body = kind > 1.5 ? vec3(0.012, 0.013, 0.015) : kind > 0.5 ? vec3(0.30, 0.31, 0.31) : vec3(0.10, 0.085, 0.075);
  if (kind > 0.5 && kind < 1.5 && ab.y > 1.55) body = vec3(0.75);
  if (kind > 1.5 && length(ab - vec2(0.12, 1.25)) < 0.05) body = vec3(4.0, 3.3, 2.4);
  if (ink > 0.5) {
    colour = vec4(vec3(kind > 0.5 && kind < 1.5 ? 0.9 : 0.0), 1.0);
    return;
  }
  colour = vec4(mix(air(normalize(at - eyeIn)) * mix(1.0, 0.10, night), body, through), 1.0);
}
