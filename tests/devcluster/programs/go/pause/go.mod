module podium.video/devcluster/pause

go 1.26.0
