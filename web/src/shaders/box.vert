// A work as a box: the three faces that look at the eye, standing on the days of its life, rising while it is built.
uniform mat4 projectionMatrix;
uniform mat4 viewMatrix;
uniform ivec3 tileLow;
uniform float day;
uniform highp usampler2D boxes; // two texels a box, the largest box first
uniform int count;              // of them so many are drawn

out vec3 at;
flat out ivec2 what;
flat out vec4 over;
flat out vec3 mid;
flat out vec3 halfSize;

int low16(uint w) { return int(w << 16) >> 16; }
int high16(uint w) { return int(w) >> 16; }

void main() {
  int box = gl_InstanceID * 64 + gl_VertexID / 12; // an instance is 64 of them
  ivec2 where = ivec2((box & 511) * 2, box >> 9);
  uvec4 head = texelFetch(boxes, where, 0), tail = texelFetch(boxes, where + ivec2(1, 0), 0);
  uvec3 shape = head.xyz;                   // x | y << 16, z | sx << 16, sy | sz << 16
  uvec3 life = uvec3(head.w, tail.xy);      // first day, day after the last, days of building | material << 16 | flags << 24
  uint foreman = tail.z;
  float first = float(life.x), last = float(life.y), work = float(life.z & 65535u);
  if (box >= count || day < first || (life.y != 0xffffffffu && day >= last)) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    return;
  }
  vec3 low = vec3(tileLow - eyeCell + ivec3(low16(shape.x), high16(shape.x), low16(shape.y)));
  vec3 size = vec3(shape.y >> 16, shape.z & 65535u, shape.z >> 16);
  float done = work > 0.0 ? clamp((day - first + 1.0) / work, 0.02, 1.0) : 1.0;
  if (((life.z >> 24) & 1u) == 1u) low.z += size.z * (1.0 - done);
  size.z *= done;
  halfSize = size * 0.5;
  mid = low + halfSize;
  int a = (gl_VertexID >> 2) % 3;
  int c = gl_VertexID & 3;
  int u = (a + 1) % 3, v = (a + 2) % 3;
  bool front = eyeIn[a] > mid[a];
  if (!front) c = (4 - c) & 3;
  vec3 p = low;
  if (front) p[a] += size[a];
  if (c == 1 || c == 2) p[u] += size[u];
  if (c >= 2) p[v] += size[v];
  at = p;
  what = ivec2(int((life.z >> 16) & 255u), a * 2 + (front ? 1 : 0));
  over = tint > 0.0 ? texelFetch(overlay, ivec2(int(foreman) & 1023, int(foreman) >> 10), 0) : vec4(0.0);
  gl_Position = projectionMatrix * viewMatrix * vec4(at, 1.0);
}
