#version 330
in vec3 place; in vec3 normal; in vec3 colour; in vec3 rest_place; in float material;
uniform mat4 camera_matrix; uniform mat4 light_matrix;
out vec3 at; out vec3 n; out vec3 paint; out vec3 rest; out float mat; out vec4 lit_at;

void main() {
    at = place; n = normal; paint = colour; rest = rest_place; mat = material;
    lit_at = light_matrix * vec4(place, 1);
    gl_Position = camera_matrix * vec4(place, 1);
}
