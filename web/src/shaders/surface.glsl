// Light and skin of one point of matter. `p` is relative to the eye's cell, `n` the face's normal.

float noise(vec3 c) {
  uvec3 q = uvec3(ivec3(floor(c))) * uvec3(1597334677u, 3812015801u, 2798796415u);
  uint h = (q.x ^ q.y ^ q.z) * 1597334677u;
  h ^= h >> 15; h *= 2246822519u; h ^= h >> 13;
  return float(h >> 8) / 16777216.0;
}

// How bright the skin is here: panels of the material's size, their seams, rain. `sharp` is the size of a pixel in cells.
float panels(vec3 w, vec3 n, int material, float sharp) {
  vec4 s = skin[material];
  vec2 uv = abs(n.x) > 0.5 ? w.yz : abs(n.y) > 0.5 ? w.xz : w.xy;
  float side = dot(floor(w - n * 0.5), abs(n));
  // Courses are offset from row to row, as formwork is.
  float row = floor(uv.y / s.y);
  vec2 pq = vec2(uv.x / s.x + 0.5 * mod(row, 2.0) * step(abs(n.z), 0.5), uv.y / s.y);
  vec2 cell = floor(pq);
  float bright = 1.0 - s.z * (noise(vec3(cell, side)) - 0.42) * smoothstep(8.0, 1.0, sharp);
  bright *= 1.0 - 0.55 * s.z * (noise(vec3(floor(pq * 0.21), side + 17.0)) - 0.5); // larger fields, poured at other times
  float fine = clamp(1.5 - sharp * 2.6, 0.0, 1.0);
  if (fine > 0.0) {
    vec2 f = pq - cell;
    vec2 edge = min(f, 1.0 - f) * s.xy;
    float seam = min(edge.x, edge.y);
    bright *= 1.0 - 0.45 * fine * (1.0 - smoothstep(0.03 + 0.4 * sharp, 0.07 + 0.9 * sharp, seam));
    bright *= 1.0 + 0.13 * fine * (noise(vec3(floor(uv * 8.0), side)) - 0.5);
  }
  if (abs(n.z) < 0.5) {
    float wet = noise(vec3(floor(uv.x * 2.6), floor((uv.y + 5.0 * noise(vec3(floor(uv.x * 2.6), side, 3.0))) / 11.0), side + 5.0));
    bright *= 1.0 - s.w * 0.62 * wet * wet * wet * clamp(1.6 - sharp * 1.1, 0.0, 1.0);
  }
  return bright;
}

vec3 air(vec3 d) {
  float up = clamp(0.5 + 0.62 * d.z, 0.0, 1.0);
  return mix(fogLow, fogHigh, up * up * (3.0 - 2.0 * up));
}

// The share of light that comes through: thin everywhere, thicker in the mist below.
float clearness(vec3 p, vec3 eye) {
  vec3 way = p - eye;
  float far = length(way);
  float rise = way.z / 220.0;
  float mean = abs(rise) < 1e-3 ? 1.0 : (1.0 - exp(-rise)) / rise;
  float mist = exp(clamp((mistZ - eye.z) / 220.0, -6.0, 1.2)) * mean;
  return exp(-fog * max(far - 10.0, 0.0) * (1.0 + min(mist, 6.0) * min(fog / 0.0019, 1.0)));
}

vec4 shade(vec3 p, vec3 n, int material, float ao, vec4 over, float sharp) {
  vec3 w = p + vec3((eyeCell % 8192 + 8192) % 8192);
  vec4 look = palette[material];
  vec3 eye = eyeIn;
  vec3 way = p - eye;
  float far = length(way);
  vec3 d = way / max(far, 1e-4);
  float through = clearness(p, eye);
  float skinned = panels(w, n, material, sharp);
  // Dust takes the colour out of everything.
  vec3 albedo = mix(vec3(dot(look.rgb, vec3(0.3, 0.55, 0.15))), look.rgb, 0.40) * skinned;
  albedo = mix(albedo, over.rgb * (0.25 + 1.1 * dot(albedo, vec3(0.4, 0.45, 0.15))), over.a * tint);
  // What comes from far above through the shafts, cold; and one slanting light, so that the sides of a thing differ.
  float open = ao * ao * (0.35 + 0.65 * ao);
  float sky = 0.5 + 0.5 * n.z;
  float key = max(dot(n, normalize(vec3(0.42, -0.61, 0.67))), 0.0);
  vec3 light = mix(vec3(0.050, 0.060, 0.072), vec3(0.30, 0.35, 0.385), sky * sky) * open;
  light += vec3(0.50, 0.535, 0.55) * key * open * ao;
  light *= mix(1.0, 0.16, night);
  // Lamps of the neighbourhood, warm, and the Wanderer's.
  vec3 cell = (p - vec3(lampsLow - eyeCell) + n * 1.6) / LAMP_SPAN;
  if (all(greaterThan(cell, vec3(0.0))) && all(lessThan(cell, vec3(1.0)))) {
    float lit = texture(lamps, cell).r;
    light += vec3(1.0, 0.72, 0.40) * lit * lit * 1.05 * (0.3 + 0.65 * ao);
  }
  vec3 to = torch.xyz - p;
  float away = length(to);
  light += vec3(1.0, 0.86, 0.66) * torch.w * (0.25 + 0.75 * max(dot(n, to / max(away, 0.1)), 0.0)) / (1.0 + 0.02 * away * away) * ao;
  vec3 colour = albedo * light;
  colour += look.rgb * look.a * mix(2.1, 3.0, night);
  if (ink > 0.5) {
    // Paper: matter is white, and black where no light comes; the air whitens.
    float v = key * 0.75 + sky * 0.45;
    v = (v + 0.12) * (0.25 + 0.75 * open) * skinned + look.a;
    v += dot(over.rgb, vec3(0.3)) * over.a * tint * 0.5;
    return vec4(vec3(mix(1.0, v, mix(through, 1.0, 0.25))), 1.0);
  }
  colour = mix(air(d) * mix(1.0, 0.10, night), colour, through);
  return vec4(colour, 1.0);
}
