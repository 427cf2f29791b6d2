// What the demo page hands to RTCPeerConnection before it has asked /ice-servers.
window.env = { iceConfig: { iceServers: [{ urls: ["stun:stun.cloudflare.com:3478"] }] } };
