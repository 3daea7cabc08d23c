uniform mat4 projectionMatrix;
uniform mat4 viewMatrix;
uniform float day;
in ivec3 point;
in float when;
out float past;
void main() {
  past = when > day ? 0.0 : max(0.2, 1.0 - (day - when) / 7200.0); // twenty years fade
  gl_Position = projectionMatrix * viewMatrix * vec4(vec3(point - eyeCell) + 0.5, 1.0);
  gl_Position.z -= 0.0004 * gl_Position.w; // a little in front of the floor that was walked on
}
