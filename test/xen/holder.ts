/**
 * A program of dom0, `hold IP PORT`: holds a connection to an echo, asks it again and again, and counts the answers in
 * /root/held.PORT; where one does not come it writes `lost` there and ends.
 */
export const holder = `#!/bin/bash
exec 3<>/dev/tcp/$1/$2 || exit 1
for ((n = 0; ; n++)); do
  echo $n >&3; read -r -t 60 -u 3 said && [ "$said" = $n ] || { echo lost >/root/held.$2; exit 1; }
  echo $n >/root/held.$2; sleep 1
done
`;
