in vec3 at;
in float ao;
flat in ivec2 what;
flat in vec4 over;
out vec4 colour;

void main() {
  vec3 n = vec3(0.0);
  n[what.y >> 1] = (what.y & 1) == 1 ? 1.0 : -1.0;
  vec3 span = fwidth(at);
  colour = shade(at, n, what.x & 31, ao, over, max(span.x, max(span.y, span.z)));
}
