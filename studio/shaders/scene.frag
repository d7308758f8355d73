#version 330
// One key light with a soft-edged shadow, light from sky and floor, and patterns made of noise.
// The numbers of the materials are those of studio/materials.py.
in vec3 at; in vec3 n; in vec3 paint; in vec3 rest; in float mat; in vec4 lit_at;
uniform vec3 eye; uniform vec3 light_direction; uniform vec3 light_colour; uniform vec3 sky; uniform vec3 ground;
uniform sampler2DShadow shadow_map;
out vec4 pixel;

float hash(vec3 p) {
    p = fract(p * .3183099 + .1); p *= 17.;
    return fract(p.x * p.y * p.z * (p.x + p.y + p.z));
}

float noise(vec3 x) {
    vec3 i = floor(x), f = fract(x); f = f * f * (3. - 2. * f);
    return mix(
        mix(mix(hash(i), hash(i + vec3(1, 0, 0)), f.x),
            mix(hash(i + vec3(0, 1, 0)), hash(i + vec3(1, 1, 0)), f.x), f.y),
        mix(mix(hash(i + vec3(0, 0, 1)), hash(i + vec3(1, 0, 1)), f.x),
            mix(hash(i + vec3(0, 1, 1)), hash(i + vec3(1, 1, 1)), f.x), f.y), f.z);
}

vec3 wood(vec3 colour) {
    float board = floor(at.y * 7.), grain = noise(vec3(at.x * 2. + board * 3., at.y * 45., board));
    float gap = smoothstep(.0, .02, abs(fract(at.y * 7.) - .5) - .475);
    return colour * (.72 + .25 * hash(vec3(board, floor(at.x * .7 + board * .37), 1.)) + .25 * grain) * (1. - .28 * gap);
}

vec3 tiles(vec3 colour) {
    vec2 g = abs(fract(at.xy * 2.5) - .5);
    float joint = smoothstep(.485, .495, max(g.x, g.y));
    return colour * (.9 + .12 * hash(vec3(floor(at.xy * 2.5), 1.))) * (1. - .3 * joint);
}

float lit_share() {
    vec3 p = lit_at.xyz / lit_at.w * .5 + .5;
    if (p.x < 0. || p.x > 1. || p.y < 0. || p.y > 1.) return 1.;
    float s = 0.;
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            s += texture(shadow_map, vec3(p.xy + (vec2(i, j) - .5) * 1.6 / 1024., p.z - .0016));
    return s * .25;
}

void main() {
    vec3 N = normalize(n), V = normalize(eye - at);
    bool on_person = mat < 9.5, skin = mat < .5;
    if (on_person && dot(N, V) < 0.) N = -N;
    vec3 base = paint;
    float shine = .04, gloss = 20., glow = 0.;
    if (skin) { base *= .93 + .14 * noise(rest * 60.); shine = .10; gloss = 18.; }
    else if (mat < 1.5) {
        base *= .86 + .14 * noise(rest * 300.) + .10 * noise(rest * 25.); shine = .02;
        N = normalize(N + .17 * (noise(rest * vec3(22., 22., 14.)) - .5) * vec3(1., -.7, .8));
    }
    else if (mat < 2.5) { base *= .6 + .6 * noise(rest * vec3(90., 90., 25.)); shine = .2; gloss = 30.; }
    else if (mat < 3.5) { shine = .5; gloss = 80.; }
    else if (mat < 10.5) { base = wood(base); shine = .08; gloss = 40.; }
    else if (mat < 11.5) base *= .94 + .08 * noise(at * 9.) + .04 * noise(at * 70.);
    else if (mat < 12.5) base *= .92 + .16 * noise(at * 40.);
    else if (mat < 13.5) { base *= .80 + .25 * noise(at * 90.) + .15 * noise(at * 6.); shine = .0; }
    else if (mat < 14.5) { base = tiles(base); shine = .15; gloss = 60.; }
    else if (mat < 15.5) base *= (.94 + .05 * noise(at * 9.)) * (1. - .12 * step(.5, fract((at.x + at.y) * 3.)));
    else glow = .75;

    float s = lit_share(), facing = max(dot(N, light_direction), 0.);
    float wrapped = max((dot(N, light_direction) + .3) / 1.3, 0.);
    vec3 ambient = mix(ground, sky, N.z * .5 + .5);
    if (on_person) ambient *= mix(.55, 1., smoothstep(0., .25, at.z));
    vec3 H = normalize(light_direction + V);
    vec3 light = base * (ambient + light_colour * (skin ? mix(facing, wrapped, .5) : facing) * s)
        + shine * light_colour * s * pow(max(dot(N, H), 0.), gloss) * facing
        + shine * .3 * ambient * pow(1. - max(dot(N, V), 0.), 4.) + glow * base;
    light = light / (1. + light * .22);
    pixel = vec4(pow(light, vec3(1. / 2.2)), 1.);
}
