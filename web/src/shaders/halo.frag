// What shines, at a quarter of the size, blurred along one direction.
precision highp float;
in vec2 uv;
out vec4 colour;
uniform sampler2D picture;
uniform vec2 along; // one texel in the direction of the blur
uniform float bright; // 1: keep only what shines
void main() {
  vec3 sum = vec3(0.0);
  float weights = 0.0;
  for (int i = -4; i <= 4; i++) {
    float w = exp(-float(i * i) / 7.0);
    vec3 c = min(texture(picture, uv + along * float(i)).rgb, vec3(4.0));
    if (bright > 0.5) c *= smoothstep(0.75, 1.3, max(c.r, max(c.g, c.b)));
    sum += c * w;
    weights += w;
  }
  colour = vec4(sum / weights, 1.0);
}
