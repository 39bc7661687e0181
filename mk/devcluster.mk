# The real Kubernetes on this machine; with KUBECONFIG set, the other tasks use that one instead.
DEVCLUSTER := $(PYTHON_BIN) -m tests.devcluster

up: .venv/.ready ## start a Kubernetes on this machine (ARGS="--nodes 2 --fake-gpu node-1:2 --kwok 20")
	@$(DEVCLUSTER) up $(ARGS)

down: .venv/.ready ## end it: processes, mounts, networks, cgroups and files
	@$(DEVCLUSTER) down

status: .venv/.ready ## what runs in it
	@$(DEVCLUSTER) status

shell: .venv/.ready ## a shell inside it: kubectl, cluster DNS, Service and pod addresses
	@$(DEVCLUSTER) shell

logs: .venv/.ready ## POD=[NAMESPACE/]NAME or PROGRAM=kube-apiserver: its log
	@$(DEVCLUSTER) logs $(if $(PROGRAM),$(PROGRAM),$(or $(POD),$(error set POD=[NAMESPACE/]NAME))) $(ARGS)

.PHONY: up down status shell logs
