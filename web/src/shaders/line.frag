in float past;
out vec4 colour;
void main() {
  colour = ink > 0.5 ? vec4(0.8, 0.1, 0.05, 1.0) : vec4(mix(vec3(0.07, 0.10, 0.115), vec3(1.2, 0.95, 0.55), past), 1.0);
}
