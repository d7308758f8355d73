#version 330
in vec3 place;
uniform mat4 light_matrix;

void main() { gl_Position = light_matrix * vec4(place, 1); }
