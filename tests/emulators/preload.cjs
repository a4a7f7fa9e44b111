'use strict';
// Loaded with `node -r preload.cjs <server>` in front of each emulator. It changes what the servers give no setting for:
//   - they listen on 127.0.0.1 only (kinesis-mock and kinesalite bind every interface);
//   - a wanted port of 1 to 99 is a label: a free port is bound and printed as `EMULATOR-LISTENING asked=<label> port=<port>`,
//     which tells the test host both the port and that the server is ready;
//   - accepted sockets send at once (TCP_NODELAY): kinesis-mock over HTTP/2 costs a flat 45 ms a call otherwise;
//   - EMULATOR_DIE_WITH_STDIN=1: the process kills itself when its standard input closes, so it never outlives the test host.
//     SIGKILL, because kinesis-mock drains for 30 s on SIGTERM and on process.exit;
//   - EMULATOR_SPEED=n: timers and the monotonic clock run n times faster, the wall clock stays true.
const fs = require('node:fs');
const net = require('node:net');

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...args) {
  const callback = args.find((arg) => typeof arg === 'function');
  const first = args[0];
  const options = first !== null && typeof first === 'object' ? { ...first } : { port: first };
  const asked = Number(options.port);
  if (!Number.isInteger(asked)) return listen.apply(this, args); // a pipe or an open handle: not ours to change
  options.host = '127.0.0.1';
  options.port = asked >= 1 && asked <= 99 ? 0 : asked;
  this.on('connection', (socket) => socket.setNoDelay(true));
  this.once('listening', () => fs.writeSync(1, `EMULATOR-LISTENING asked=${asked} port=${this.address().port}\n`));
  return callback ? listen.call(this, options, callback) : listen.call(this, options);
};

if (process.env.EMULATOR_DIE_WITH_STDIN === '1') {
  const die = () => process.kill(process.pid, 'SIGKILL');
  process.stdin.on('end', die).on('close', die).on('error', die);
  process.stdin.resume();
}

const speed = Number(process.env.EMULATOR_SPEED ?? '1');
if (speed > 1) {
  const timers = require('node:timers');
  for (const name of ['setTimeout', 'setInterval']) {
    const original = globalThis[name];
    const faster = (run, delay, ...rest) => original(run, typeof delay === 'number' ? delay / speed : delay, ...rest);
    globalThis[name] = faster;
    timers[name] = faster;
  }

  const now = performance.now.bind(performance);
  performance.now = () => now() * speed;
  const ticks = process.hrtime.bigint.bind(process.hrtime);
  const factor = BigInt(Math.round(speed));
  const hrtime = (since) => {
    const nanoseconds = ticks() * factor;
    const pair = [Number(nanoseconds / 1_000_000_000n), Number(nanoseconds % 1_000_000_000n)];
    if (!since) return pair;
    const seconds = pair[0] - since[0];
    const rest = pair[1] - since[1];
    return rest < 0 ? [seconds - 1, rest + 1_000_000_000] : [seconds, rest];
  };
  hrtime.bigint = () => ticks() * factor;
  process.hrtime = hrtime;
}
