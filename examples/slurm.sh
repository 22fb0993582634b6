#!/usr/bin/env bash
# A study on a SLURM cluster, as one array job: task 0 plans the study and writes its report, all others are workers.
#
#     sbatch examples/slurm.sh nb201 /shared/me/nb201
#     sbatch --array=0-99 examples/slurm.sh mine.toml /shared/me/mine --plugin my_strategy.py
#
# Words: the study, the folder of the report, and what is to be said to each command besides, such as --plugin. Submit it
# where the study is to run; the folder, and the one where you submit, must be seen by all nodes. For trials on GPUs, add
# --gres=gpu:1, and leave the GPU to the workers.
#
# Five minutes before its time limit a task is asked to end: a worker hands its trial on, with its checkpoint, and is
# queued again. A node that dies costs what was computed since the last checkpoint. The whole array may be cancelled and
# submitted again: what was finished is kept.

#SBATCH --job-name=nasrank
#SBATCH --array=0-32
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --mem=4G
#SBATCH --time=12:00:00
#SBATCH --signal=B:TERM@300
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=nasrank-%A-%a.log

set -euo pipefail

study=${1:?name a study, or the path of a study file}
folder=${2:?name the folder for the report, which all nodes see}
shift 2

if ((SLURM_ARRAY_TASK_ID == 0)); then
    nasrank run "$study" --executor workers --out "$folder" "$@" &
else
    nasrank work "$folder" --patience 60 "$@" & # an hour: task 0 may wait in the queue for longer than this one
fi
child=$!
trap 'kill -TERM "$child" 2>/dev/null || true' TERM # the signal comes to this shell alone

code=0
wait "$child" || code=$?
while kill -0 "$child" 2>/dev/null; do # the signal ended the waiting, and not yet the child
    code=0
    wait "$child" || code=$?
done

if ((code == 130 || code == 143)); then # it was asked to end before all was done
    scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
fi
exit "$code"
