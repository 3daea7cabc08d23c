// From light to picture: corners that lie deep are darkened, lamps get halos, film takes it; or ink on paper.
precision highp float;
in vec2 uv;
out vec4 colour;
uniform sampler2D picture;
uniform highp sampler2D depths;
uniform sampler2D halo;
uniform vec2 texel;
uniform vec2 nearFar;
uniform vec2 lens; // half width and height of the view at distance 1
uniform float ink;
uniform float night;
uniform float deep; // 1: darken the depths of corners
uniform vec2 rise; // upward part of looking ahead, and of up
uniform vec3 fogLow;
uniform vec3 fogHigh;

float distanceAt(vec2 at) {
  float d = texture(depths, at).r * 2.0 - 1.0;
  return 2.0 * nearFar.x * nearFar.y / (nearFar.y + nearFar.x - d * (nearFar.y - nearFar.x));
}
vec3 placeAt(vec2 at) {
  return vec3((at * 2.0 - 1.0) * lens, 1.0) * distanceAt(at);
}
float rough(vec2 p) { return fract(sin(dot(p, vec2(12.9898, 78.233))) * 43758.5453); }

// The share of a half-sphere of some cells that is open, from eight neighbours on the screen.
float openness(float far) {
  vec3 here = placeAt(uv);
  vec3 right = placeAt(uv + vec2(texel.x, 0.0)) - here, left = here - placeAt(uv - vec2(texel.x, 0.0));
  vec3 up = placeAt(uv + vec2(0.0, texel.y)) - here, down = here - placeAt(uv - vec2(0.0, texel.y));
  vec3 n = normalize(cross(abs(up.z) < abs(down.z) ? up : down, abs(right.z) < abs(left.z) ? right : left));
  float reach = clamp(far * 0.10, 2.5, 34.0);
  float turn = rough(floor(uv / texel)) * 6.2832;
  float shut = 0.0;
  for (int i = 0; i < 8; i++) {
    float angle = turn + float(i) * 2.399963;
    float r = reach * sqrt((float(i) + 0.6) / 8.0) / far;
    vec2 at = uv + vec2(cos(angle), sin(angle)) * r / (2.0 * lens);
    vec3 v = placeAt(at) - here;
    float len = length(v);
    shut += max(dot(n, v / max(len, 1e-3)) - 0.12, 0.0) * (1.0 - smoothstep(reach * 0.6, reach * 1.5, len));
  }
  return clamp(1.0 - shut * 0.30, 0.25, 1.0);
}

void main() {
  vec3 c = texture(picture, uv).rgb;
  float far = distanceAt(uv);
  if (ink > 0.5) {
    // An edge is where the depth bends more than a flat surface would.
    float here = 1.0 / far;
    float bend = 0.0;
    for (int i = 0; i < 2; i++) {
      vec2 step = i == 0 ? vec2(texel.x, 0.0) : vec2(0.0, texel.y);
      float a = 1.0 / distanceAt(uv - step), b = 1.0 / distanceAt(uv + step);
      bend = max(bend, abs(a + b - 2.0 * here) / here);
    }
    float line = smoothstep(0.0025, 0.012, bend) * mix(1.0, 0.35, smoothstep(200.0, 1800.0, far));
    float v = c.r;
    // Three tones: paper, a screen of dots, solid black.
    vec2 grid = gl_FragCoord.xy * mat2(0.7071, -0.7071, 0.7071, 0.7071) / 3.2;
    float dot_ = 0.5 + 0.25 * (cos(grid.x * 3.14159) + cos(grid.y * 3.14159));
    float tone = v > 0.62 ? 1.0 : v < 0.22 ? 0.04 : smoothstep(-0.12, 0.12, (v - 0.18) * 2.1 - dot_ * 0.9) * 0.92 + 0.06;
    vec3 paper = vec3(0.965, 0.958, 0.94);
    colour = vec4(mix(paper * tone, vec3(0.03), line), 1.0);
    return;
  }
  if (far > nearFar.y * 0.9) {
    float up = (rise.x + (uv.y * 2.0 - 1.0) * lens.y * rise.y) / length(vec3((uv * 2.0 - 1.0) * lens, 1.0));
    up = clamp(0.5 + 0.62 * up, 0.0, 1.0);
    c = mix(fogLow, fogHigh, up * up * (3.0 - 2.0 * up)) * mix(1.0, 0.10, night);
  } else if (deep > 0.5) c *= mix(openness(far), 1.0, smoothstep(90.0, 420.0, far));
  c += texture(halo, uv).rgb * mix(0.85, 1.25, night);
  c *= 1.0 - 0.30 * dot(uv - 0.5, uv - 0.5) * 2.0;
  c = c * 1.18;
  c = clamp(c * (2.51 * c + 0.03) / (c * (2.43 * c + 0.59) + 0.14), 0.0, 1.0);
  c = pow(c, vec3(1.0 / 2.05));
  float grey = dot(c, vec3(0.3, 0.59, 0.11));
  c = mix(vec3(grey), c, 0.86);
  c += (rough(gl_FragCoord.xy) - 0.5) * 0.014;
  colour = vec4(c, 1.0);
}
