# Written by mkcaptureinitrd VERSION from ladder.conf: what the capture environment runs, line by line.
LINE_DEADLINE=1380
CAPTURE_DEADLINE=3490
wait-device -t 30 'PARTLABEL=crash dumps' && timeout 60 mount -t ext4 -o errors=remount-ro 'PARTLABEL=crash dumps' /target && timeout 1200 dump-save --accept-partial -d 1 -c --root /target /proc/vmcore /target/appliance/crash/ && timeout 60 umount /target && poweroff
wait-device -t 30 UUID=5A3C-11D0 && timeout 60 mount -t vfat UUID=5A3C-11D0 /target && timeout 1200 dump-save --accept-partial -d 1 -c --root /target /proc/vmcore /target/appliance/crash/ && timeout 60 umount /target && poweroff
wait-device -t 5 'PARTLABEL=crash dumps' && timeout 60 mount -t ext4 -o errors=remount-ro 'PARTLABEL=crash dumps' /target && timeout 120 dmesg-save --root /target /proc/vmcore /target/appliance/crash/ && timeout 60 umount /target
wait-device -t 5 UUID=5A3C-11D0 && timeout 60 mount -t vfat UUID=5A3C-11D0 /target && timeout 120 dmesg-save --root /target /proc/vmcore /target/appliance/crash/ && timeout 60 umount /target
timeout 30 dmesg-save /proc/vmcore /dev/pmsg0
timeout 120 dmesg-save /proc/vmcore /dev/console
reboot
