// Shared by all matter: where the light comes from, what the air does, what a surface is made of.
precision highp float;
precision highp int;
precision highp sampler3D;
precision highp usampler2D;

uniform ivec3 eyeCell;      // the cell of the eye: everything is drawn relative to it, so that numbers stay small
uniform vec3 eyeIn;         // where in that cell the eye is
uniform vec4 palette[32];   // colour and glow of a material
uniform vec4 skin[32];      // panel width, panel height, contrast, streaks
uniform float night;        // 0 day .. 1 night
uniform float ink;          // 1: drawn in black on white
uniform float fog;          // share of light lost a cell
uniform vec3 fogLow;        // colour of the air, looking down
uniform vec3 fogHigh;       // and up
uniform float mistZ;        // height of the mist above the eye's cell, in cells
uniform float tint;         // strength of the overlay
uniform sampler2D overlay;  // colour of a foreman's bay, 1024 a row
uniform sampler3D lamps;    // light of lamps around the eye
uniform ivec3 lampsLow;     // its lowest cell
uniform vec4 torch;         // the Wanderer's lamp: place relative to the eye's cell, and how bright

const float LAMP_SPAN = 256.0;
