// A quad by the number of its vertex: page and chunk from the instance, the quad itself from the pool.
uniform highp usampler2D pool;
uniform mat4 projectionMatrix;
uniform mat4 viewMatrix;

in ivec4 place; // lowest cell of the chunk, level
in ivec2 page;  // page of the pool, quads in it

out vec3 at;
out float ao;
flat out ivec2 what; // material, face
flat out vec4 over;

void main() {
  int quad = gl_VertexID >> 2;
  if (quad >= page.y) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    return;
  }
  uvec4 q = texelFetch(pool, ivec2((page.x & 15) * 128 + quad, page.x >> 4), 0);
  int face = int((q.x >> 18) & 7u);
  int a = face >> 1, u = (a + 1) % 3, v = (a + 2) % 3;
  vec4 corners = vec4((uvec4(q.y) >> uvec4(8u, 10u, 12u, 14u)) & 3u) / 3.0;
  int c = gl_VertexID & 3;
  if (corners.x + corners.z < corners.y + corners.w) c = (c + 1) & 3; // the crease runs along the darker diagonal
  ao = corners[c];
  if ((face & 1) == 0) {
    // Seen from behind, the corners run the other way round.
    c = (4 - (gl_VertexID & 3)) & 3;
    if (corners.x + corners.z < corners.y + corners.w) c = (c + 1) & 3;
    ao = corners[c];
  }
  vec3 p = vec3(q.x & 63u, (q.x >> 6) & 63u, (q.x >> 12) & 63u);
  vec2 size = vec2(((q.x >> 21) & 31u) + 1u, ((q.x >> 26) & 31u) + 1u);
  vec2 corner = vec2(c == 1 || c == 2, c >= 2);
  p[a] += float(face & 1);
  p[u] += size.x * corner.x;
  p[v] += size.y * corner.y;
  p *= float(1 << place.w);
  vec3 base = vec3(place.xyz - eyeCell);
  // Neighbours meet in the middle of each other's edges; a hair's breadth of overlap hides the gaps.
  float hair = 0.0005 * length(base + p - eyeIn);
  p[u] += (corner.x * 2.0 - 1.0) * hair;
  p[v] += (corner.y * 2.0 - 1.0) * hair;
  at = base + p;
  what = ivec2(int(q.y & 255u), face);
  int foreman = int(q.z) - 1;
  over = tint > 0.0 && foreman >= 0 ? texelFetch(overlay, ivec2(foreman & 1023, foreman >> 10), 0) : vec4(0.0);
  gl_Position = projectionMatrix * viewMatrix * vec4(at, 1.0);
}
