/** Commands about the server itself. */
import { type Commands, text, wrongArity } from "./command.ts";
import { array, status } from "./engine.ts";

export const serverCommands: Commands = {
  ping: {
    arity: -1,
    keys: "none",
    run(_db, args) {
      if (args.length > 1) throw wrongArity("ping");
      return args.length === 0 ? status("PONG") : text(args[0]);
    },
  },
  time: {
    arity: 1,
    keys: "none",
    run: (db) =>
      array([Math.floor(db.now / 1000), (db.now % 1000) * 1000].map((part) => text(String(part)))),
  },
};
