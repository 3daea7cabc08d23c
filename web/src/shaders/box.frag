in vec3 at;
flat in ivec2 what;
flat in vec4 over;
flat in vec3 mid;
flat in vec3 halfSize;
out vec4 colour;

uniform sampler3D covered; // 1 where voxels are drawn, a texel for 32 cells
uniform ivec3 coveredLow;
uniform float coveredSpan;

void main() {
  vec3 n = vec3(0.0);
  n[what.y >> 1] = (what.y & 1) == 1 ? 1.0 : -1.0;
  vec3 cell = (at - n * 0.5 - vec3(coveredLow - eyeCell)) / coveredSpan;
  if (all(greaterThan(cell, vec3(0.0))) && all(lessThan(cell, vec3(1.0))) && texture(covered, cell).r > 0.5) discard;
  // No corner light is baked into a box: its foot stands in the dark of what it stands on.
  float foot = clamp((at.z - mid.z + halfSize.z) / 60.0, 0.0, 1.0);
  float ao = n.z < -0.5 ? 0.55 : mix(0.62, 0.95, foot);
  vec3 span = fwidth(at);
  colour = shade(at, n, what.x & 31, ao, over, max(span.x, max(span.y, span.z)));
}
