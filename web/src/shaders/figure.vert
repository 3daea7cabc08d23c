// Somebody who really stands there: a flat outline that turns to the eye.
uniform mat4 projectionMatrix;
uniform mat4 viewMatrix;
in vec3 position;  // corners of the outline: across, 0, up
in ivec3 stands;   // cell that they stand in
in float sort;     // 0 person, 1 unit, 2 the Wanderer
out vec2 ab;
flat out float kind;
out vec3 at;
void main() {
  vec3 foot = vec3(stands - eyeCell) + vec3(0.5, 0.5, 0.0);
  vec2 way = foot.xy - eyeIn.xy;
  vec2 across = normalize(vec2(way.y, -way.x) + 1e-5);
  float tall = sort > 0.5 && sort < 1.5 ? 1.35 : 1.0;
  ab = vec2(position.x, position.z);
  kind = sort;
  at = foot + vec3(across * position.x, position.z) * tall;
  gl_Position = projectionMatrix * viewMatrix * vec4(at, 1.0);
}
