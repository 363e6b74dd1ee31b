# shellcheck shell=dash
# In the guest, behind the three logs: the forms that the tools print beside the usual one. More work for the
# one that shall lose events.
more='for i in 1 2 3 4; do ls -l /proc /bin | sort >/tmp/list; done'
perf script -i /tmp/perf.data --header -F comm,pid,tid,cpu,time,event,trace 2>/dev/null >perf-pid-tid.txt
perf record -g -e 'kmem:*' -a -m 16M -o /tmp/perf-g.data -- /workload
perf script -i /tmp/perf-g.data | head -n 1500 >perf-g.txt
perf record -e 'kmem:*' -a -m 1 -o /tmp/perf-lost.data -- sh -c "$more"
perf script -i /tmp/perf-lost.data --show-lost-events | head -n 400 >perf-lost.txt
trace-cmd report -i /tmp/trace.dat -t >trace-cmd-t.txt
trace-cmd report -i /tmp/trace.dat -l >trace-cmd-l.txt
trace-cmd report -i /tmp/trace.dat -R >trace-cmd-R.txt
trace-cmd report -i /tmp/trace.dat --ts-diff >trace-cmd-ts-diff.txt
